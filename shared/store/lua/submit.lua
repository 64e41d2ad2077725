-- Writes new jobs. An id that is there already was written by an earlier try of the same call, and is left alone.
-- ARGV: arq's body of a job, then for each job: id, record, queue, due (ms). Returns: now.

local now = server_time()
local earliest = math.huge

for i = 2, #ARGV, 4 do
    local id, record, queue, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    if redis.call('SET', JOB .. id, record, 'NX') then
        local head = head_of(record)
        redis.call('ZADD', index_key(head.tenant, head.type, head.status), 0, id)
        redis.call('SADD', types_key(head.tenant), head.type)
        each_tag(head, function(key) redis.call('ZADD', key, 0, id) end)
        if is_queued(head.status) then
            redis.call('SET', ARQ_JOB .. id, ARGV[1])
            redis.call('ZADD', queue, due, id)
            earliest = math.min(earliest, due)
        end
    end
end

ring_if_due(earliest, now)
return now
