#!lua flags=allow-oom
-- Lets a worker keep the outbox that `take_outbox.lua` gave it, unless another one has it by now.
-- ARGV: worker, for how long (ms). Returns: now, 1 if it is its own or 0.

local worker, lease = ARGV[1], ARGV[2]
local now = server_time()

local holder = redis.pcall('GET', OUTBOX_HOLDER)
if type(holder) == 'string' and holder ~= worker then return { now, 0 } end
redis.call('SET', OUTBOX_HOLDER, worker, 'PX', lease)
return { now, 1 }
