-- What happens to jobs, for all who listen: an entry of one stream for all that one call did, each event a line of it,
--   [job, what, type, tenant, queue, rev, [tags], more]
-- `what` is the job's status, or 'progress' or 'log', which say more. Events are counted, and an entry's id is the
-- number of its first one: so a reader sees by the numbers whether any are missing.

local events = {}
local known = {} -- by queue and index: what stands in their names

local function parts_of(index, queue)
    local of_queue = known[queue] or {}
    known[queue] = of_queue
    if not of_queue[index] then
        local tenant, type, status = string.match(index, '^dmps:([^:]+):jobs:([^:]+):(%l+)$')
        heed(tenant, type, status)
        of_queue[index] = string.format('","%s","%s","%s","%s",', status, type, tenant, queue_of(queue))
    end
    return of_queue[index]
end

-- A job stands in that index now. `tags` as they stand in the record. (One concatenation: this is done for every job.)
local function happened(id, index, queue, rev, tags)
    events[#events + 1] = '["' .. id .. parts_of(index, queue) .. rev .. ',[' .. tags .. ']]'
end

-- A job that stood as its head says is claimed.
local function begun(id, head)
    happened(id, index_key(head.tenant, head.type, 'processing'), head.key, head.rev + 1, head.tags)
end

-- The tags of a whole record, as they stand there.
local function tags_of(record)
    local _, first = string.find(record, '"tags":[', 1, true)
    return string.sub(record, first + 1, string.find(record, ']', first, true) - 1)
end

-- A job that runs tells something. `more` is JSON.
local function told(id, what, head, more)
    local parts = string.format('["%s","%s","%s","%s","%s",%d', id, what, head.type, head.tenant, head.queue, head.rev)
    events[#events + 1] = string.format('%s,[%s],%s]', parts, head.tags, more)
end

-- The number of the last of so many new events. Numbers never come again, though the store lost all it had: they begin
-- at its time, in microseconds, and no store does a million things a second.
local function numbered(count)
    local last = redis.pcall('INCRBY', EVENT_COUNT, count)
    if last == count then
        local time = redis.call('TIME')
        last = redis.pcall('INCRBY', EVENT_COUNT, string.format('%s%06d', time[1], time[2]))
    end
    return type(last) == 'number' and last
end

-- If the stream is another kind of key nobody hears of it; the jobs go on.
local function publish(now)
    post(events, now)
    local last = #events > 0 and numbered(#events)
    if not last then return end
    local function id(number) return string.format('%.0f-1', number) end
    redis.pcall(
        'XADD', EVENTS, 'MINID', '~', id(last - KEPT_EVENTS), id(last - #events + 1),
        'at', string.format('%.0f', now), 'events', table.concat(events, '\n')
    )
    events = {}
end
