#!lua flags=allow-oom
-- Gives out schedules that have something to do, each to one worker for a while: if that is lost, they come up again.
-- ARGV: how many at the most, bytes of records after which to stop, for how long (ms).
-- Returns: now, then of each: its id, its record ('': there is none), whether its last job has not ended (1 or 0).

local most, heaviest, lease = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local weight = 0
local now = server_time()
local replies = { now }

-- Its last job's id stands at the beginning of the record, if it had one.
local function is_busy(record)
    local job = string.match(record, '^{"rev":%d+,"lastJobId":"([^"]+)"')
    local head = job and read_head(job)
    return head and head.status and not is_finished(head.status) and 1 or 0
end

for _, id in ipairs(redis.call('ZRANGE', SCHEDULES, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)) do
    local record = redis.pcall('GET', SCHEDULE .. id)
    record = type(record) == 'string' and record or ''
    if record == '' then
        redis.call('ZREM', SCHEDULES, id)
    else
        redis.call('ZADD', SCHEDULES, now + lease, id)
    end
    for _, fact in ipairs({ id, record, is_busy(record) }) do replies[#replies + 1] = fact end
    weight = weight + #record
    if weight > heaviest then break end
end
return replies
