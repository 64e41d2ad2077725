#!lua flags=allow-oom
-- Prolongs the leases of a worker, and says that it lives. A lease that lapsed but that nobody took is still its own.
-- ARGV: worker, lease (ms), what the worker says of itself, how long that holds (ms), then for each job it
-- runs: id, fence. Returns: now, then id and fence of each that is no longer its own.

local worker, lease = ARGV[1], tonumber(ARGV[2])
local now = server_time()
local replies = { now }

give_respite(now)
redis.call('ZADD', WORKERS, now, worker)
redis.call('SET', WORKER .. worker, ARGV[3], 'PX', ARGV[4])

for i = 5, #ARGV, 2 do
    local id, fence = ARGV[i], tonumber(ARGV[i + 1])
    local head = read_head(id)
    if head and head.status == 'processing' and head.fence == fence then
        redis.call('ZADD', LEASES, now + lease, id)
        redis.call('ZADD', head.key, now + lease, id)
    else
        replies[#replies + 1] = id
        replies[#replies + 1] = fence
    end
end

-- No lease ends later than one that begins now, unless the clock was set back since. Its worker may be dead.
for _, id in ipairs(redis.call('ZRANGE', LEASES, now + lease + 1, '+inf', 'BYSCORE')) do
    redis.call('ZADD', LEASES, now + lease, id)
end
return replies
