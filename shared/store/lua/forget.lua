-- What is known of a finished job, all of which goes with its record.

local families = { [PARENTS] = {}, [FLOWS] = {} } -- what these say of the jobs that a call looks at

-- To be called first, with the ids of all that may be forgotten: one call for all, since few jobs have a family.
local function read_families(ids)
    for key, known in pairs(families) do
        for first = 1, #ids, MOST_ARGUMENTS do
            local last = math.min(first + MOST_ARGUMENTS - 1, #ids)
            for n, found in ipairs(redis.pcall('HMGET', key, unpack(ids, first, last))) do
                known[ids[first + n - 1]] = found
            end
        end
    end
end

-- Whether a job that has not ended waits for this one, or for more: then it will ask for its result.
local function is_needed(id)
    for parent in string.gmatch(families[PARENTS][id] or '', '%S+') do
        local head = read_head(parent)
        if head and not is_finished(head.status) then return true end
    end
    return false
end

local function forget_family(id, tenant)
    if families[PARENTS][id] then redis.pcall('HDEL', PARENTS, id) end
    if not families[FLOWS][id] then return end
    redis.pcall('HDEL', FLOWS, id)
    delete(children_key(tenant, id))
    delete(waits_key(tenant, id))
end

-- It does not stand for others any more.
local function stand_no_more(id, head)
    local hash = string.match(head.text, DEDUP, head.rest)
    local key = hash and dedup_key(head.tenant, hash)
    if key and redis.pcall('GET', key) == id then delete(key) end
end

-- Removes a finished job with all its traces, once `perform` and `perform_counts` are called.
local function forget(id, head)
    local index = index_key(head.tenant, head.type, head.status)
    remove(index, id)
    remove(ended_key(index), id)
    remove(RETENTION, id)
    remove(MISSABLE, id)
    count(head.key, index, -1)
    each_tag(head, function(key) remove(key, id) end)
    if head.queue ~= DEFAULT_QUEUE then remove(in_queue_key(head.tenant, head.queue), id) end
    stand_no_more(id, head)
    forget_family(id, head.tenant)
    for _, key in ipairs({ JOB, PROGRESS, LOG, CHECKPOINT, ARQ_IN_PROGRESS }) do delete(key .. id) end
end

local LONGEST_TAIL = 200 -- the end of a record, by which a large result is known to be kept in a file (shared/job.py)
local RESULT_FILE = '"resultFile":{"fileId":"([%x-]+)","bytes":%d+}}$'

-- The file of a job's result, if there is one.
local function result_file_of(id, head)
    local tail = head.record or redis.call('GETRANGE', JOB .. id, -LONGEST_TAIL, -1)
    return string.match(string.sub(tail, -LONGEST_TAIL), RESULT_FILE)
end
