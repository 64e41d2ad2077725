-- Writes new jobs. An id that is there already was written by an earlier try of the same call, and is left alone.
-- ARGV: arq's body of a job, then for each job: id, record, queue, due (ms), when it is too late (ms; 0: never).
-- Returns: now.

local WIDTH = 5
local now = server_time()
local earliest = {}
local types_of = {}

for i = 2, #ARGV, WIDTH do
    local id, record, queue, due, missed = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
    if redis.call('SET', JOB .. id, record, 'NX') then
        local head = head_of(record)
        local index = index_key(head.tenant, head.type, head.status)
        add(index, 0, id)
        count(queue, index, 1)
        happened(id, index, queue, head.rev, head.tags)
        types_of[head.tenant] = types_of[head.tenant] or {}
        types_of[head.tenant][head.type] = true
        each_tag(head, function(key) add(key, 0, id) end)
        if missed ~= '0' then add(MISSABLE, missed, id) end
        if is_queued(head.status) then
            set(ARQ_JOB .. id, ARGV[1])
            add(queue, due, id)
            if head.status == 'pending' then due = math.min(due, now) end -- whatever clock its time is of
            earliest[queue] = math.min(earliest[queue] or math.huge, due)
        end
    end
end

for tenant, types in pairs(types_of) do
    for type in pairs(types) do redis.call('SADD', types_key(tenant), type) end
end
perform()
perform_counts(now, 'in')
publish(now)
ring_if_due(earliest, now)
return now
