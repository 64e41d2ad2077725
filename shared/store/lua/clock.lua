-- Whether the store's clock was set back, and by how much; for scripts that claim, one of which runs every second.
-- CLOCK holds when the last of them looked and, after the clock was set back, the time from which that is past, and by
-- how much it was: three numbers of ms.

local LEAST_STEP = 1000 -- ms; less is nothing that a job would notice
local KEEP_TIME = 500 -- ms between two notes of the time

-- By how much what is due by the old time is due earlier: 0 from when the old time has come.
local function set_back_by(now)
    local noted = redis.pcall('GET', CLOCK)
    local seen, past, by = string.match(type(noted) == 'string' and noted or '', '^(%d+) (%d+) (%d+)$')
    seen, past, by = tonumber(seen) or 0, tonumber(past) or 0, tonumber(by) or 0
    if now < seen - LEAST_STEP then
        past, by = math.max(past, seen), by + seen - now
    elseif now < seen + KEEP_TIME then
        return now < past and by or 0
    elseif now >= past then
        past, by = 0, 0
    end
    redis.call('SET', CLOCK, string.format('%.0f %.0f %.0f', now, past, by))
    return by
end

-- When a job is due by its record, whose head is followed by these members (shared/job.py).
local function due_of(id, head)
    local record = redis.call('GETRANGE', JOB .. id, 0, LONGEST_HEAD)
    return tonumber(string.match(record, '^,"id":"[^"]*","createdAt":%d+,"runAt":(%d+)', head.rest)) or 0
end

-- Whether the last attempt of a job ended by the old time. In a record, attempts come after all that callers wrote.
local function ended_by_old_time(id, head, now)
    local ended = string.match(head.record or redis.call('GET', JOB .. id), '.*"endedAt":(%d+)')
    return (tonumber(ended) or 0) > now
end
