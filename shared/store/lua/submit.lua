-- Writes new jobs. An id that is there already was written by an earlier try of the same call, and is left alone.
-- ARGV: arq's body of a job, then for each job: id, record, queue, due (ms). Returns: now.

local now = server_time()
local earliest = math.huge
local types_of = {}

for i = 2, #ARGV, 4 do
    local id, record, queue, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
    if redis.call('SET', JOB .. id, record, 'NX') then
        local head = head_of(record)
        add(index_key(head.tenant, head.type, head.status), 0, id)
        types_of[head.tenant] = types_of[head.tenant] or {}
        types_of[head.tenant][head.type] = true
        each_tag(head, function(key) add(key, 0, id) end)
        if is_queued(head.status) then
            set(ARQ_JOB .. id, ARGV[1])
            add(queue, due, id)
            earliest = math.min(earliest, due)
        end
    end
end

for tenant, types in pairs(types_of) do
    for type in pairs(types) do redis.call('SADD', types_key(tenant), type) end
end
perform()
ring_if_due(earliest, now)
return now
