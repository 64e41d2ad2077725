#!lua flags=allow-oom
-- Gives an order to a worker. One that it does not fetch in time is void: by then the worker is lost.
-- ARGV: the key of the worker's orders, the order (JSON). Returns: now.

local EXPIRES, MOST_ORDERS = 60, 10000 -- seconds; of one worker, the newest
local orders = ARGV[1]

if redis.call('TYPE', orders).ok ~= 'list' then redis.call('DEL', orders) end -- nonsense that was put there
redis.call('LPUSH', orders, ARGV[2])
redis.call('LTRIM', orders, 0, MOST_ORDERS - 1)
redis.call('EXPIRE', orders, EXPIRES)
return server_time()
