#!lua flags=allow-oom
-- Replaces records, each only if nobody wrote it since: its `rev` is compared, and nothing is decided here. What the
-- new status means for queue, lease, indexes and retention follows from it alone.
-- ARGV: arq's body of a job, then for each job: id, expected rev, record, queue, time (ms: when a waiting job is due,
-- when a finished one goes). Returns: now, then for each job: 1 (written, now or by an earlier try of the same call),
-- the record as it is (somebody else wrote it), or 0 (there is none).

local now = server_time()
local replies = { now }
local earliest = math.huge

local function dequeue(id, queue, head)
    if redis.call('ZREM', queue, id) == 0 then redis.call('ZREM', PARKED .. head.type, id) end
    redis.call('DEL', ARQ_JOB .. id, ARQ_IN_PROGRESS .. id)
end

local function enqueue(id, queue, head, due)
    if redis.call('ZADD', queue, due, id) == 1 then redis.call('ZREM', PARKED .. head.type, id) end
    redis.call('DEL', ARQ_IN_PROGRESS .. id)
    earliest = math.min(earliest, due)
end

local function write(id, old, record, queue, time)
    local head = head_of(record)
    redis.call('SET', JOB .. id, record)
    if head.status ~= old.status then
        redis.call('ZREM', index_key(old.tenant, old.type, old.status), id)
        redis.call('ZADD', index_key(head.tenant, head.type, head.status), 0, id)
    end
    if old.status == 'processing' and head.status ~= 'processing' then redis.call('ZREM', LEASES, id) end
    if is_queued(head.status) then
        if is_finished(old.status) then
            redis.call('SET', ARQ_JOB .. id, ARGV[1])
            redis.call('ZREM', RETENTION, id)
        end
        enqueue(id, queue, head, time)
    elseif is_finished(head.status) then
        dequeue(id, queue, head)
        redis.call('ZADD', RETENTION, time, id)
    end
end

for i = 2, #ARGV, 5 do
    local id, expected, record = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
    local stored = redis.call('GET', JOB .. id)
    if not stored then
        replies[#replies + 1] = 0
    elseif stored == record then
        replies[#replies + 1] = 1
    else
        local old = head_of(stored)
        if old.rev == expected then
            write(id, old, record, ARGV[i + 3], tonumber(ARGV[i + 4]))
            replies[#replies + 1] = 1
        else
            replies[#replies + 1] = stored
        end
    end
end

ring_if_due(earliest, now)
return replies
