-- Replaces the record of a job that has not ended, if nobody wrote it since. One that waits, in its queue or aside,
-- goes to the place that is its own now; one that runs keeps it.
-- ARGV: id, the rev it must have, the new record, its index before and after, its queue before and after, when it is
-- due (ms), when it is too late for it (ms; 0: never).
-- Returns: now, then 1 (written, now or by an earlier try of the same call), the record as it is (if somebody else
-- wrote it), or 0 (there is none).

local id, rev, record, before, after, queue_before, queue, due, missed = unpack(ARGV)
local now = server_time()

local function move(head)
    remove(queue_before, id)
    remove(parked_key(queue_before, head.type), id)
    remove(suspects_key(queue_before, head.type), id)
    add(queue, due, id)
    if missed ~= '0' then add(MISSABLE, missed, id) end
    if before ~= after then
        remove(before, id)
        add(after, 0, id)
        count(queue, before, -1)
        count(queue, after, 1)
    end
end

local function write(old)
    local new = head_of(record)
    set(JOB .. id, record)
    happened(id, after, queue, new.rev, new.tags)
    each_tag(old, function(key) remove(key, id) end)
    each_tag(new, function(key) add(key, 0, id) end)
    if is_queued(new.status) then move(old) end
    perform()
    perform_counts(now)
    publish(now)
    if is_queued(new.status) then ring_if_due({ [queue] = tonumber(due) }, now) end
    return { now, 1 }
end

local stored = redis.call('GET', JOB .. id)
if not stored then return { now, 0 } end
if stored == record then return { now, 1 } end
if string.match(stored, '^{"rev":(%d+)') ~= rev then return { now, stored } end
return write(head_of(stored))
