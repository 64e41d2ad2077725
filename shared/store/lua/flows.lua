-- Jobs that wait for others, their children: who waits for whom, and when that is over (shared/lifecycle/families.py).

local TIMES = '^,"id":"[^"]*","createdAt":(%d+),"runAt":(%d+)' -- where the head ends (shared/job.py)

local ended = {} -- the ids of jobs that have ended in this call
local index_of = {} -- to the indexes they stand in now
local waiting = {} -- to the ids of jobs that have begun to wait in this call, the keys of what they wait for
local has_begun = {} -- to true
local is_lost = {} -- jobs that will fail because a child has
local are_done = {} -- by an index, whether jobs in it are completed

local function has_ended(id, index)
    ended[#ended + 1] = id
    index_of[id] = index
    if are_done[index] == nil then are_done[index] = string.sub(index, -10) == ':completed' end
end

local function has_begun_to_wait(id, tenant)
    waiting[id] = waits_key(tenant, id)
    has_begun[id] = true
end

-- Visits each of these jobs with each job that waits for it, or did.
local function each_parent(ids, visit)
    for first = 1, #ids, MOST_ARGUMENTS do
        local last = math.min(first + MOST_ARGUMENTS - 1, #ids)
        for n, parents in ipairs(redis.pcall('HMGET', PARENTS, unpack(ids, first, last))) do
            local child = ids[first + n - 1]
            if parents and not string.find(parents, ' ', 1, true) then
                visit(child, parents) -- the one, as most have
            elseif parents then
                for parent in string.gmatch(parents, '%S+') do visit(child, parent) end
            end
        end
    end
end

-- A job that has children may run, or learn that it cannot. Answers the key of its queue, and when it is due.
local function release(id, now, body)
    local record = redis.pcall('GET', JOB .. id)
    local head = type(record) == 'string' and head_of(record)
    if not head or head.status ~= 'blocked' then return nil end
    local created, run_at = string.match(record, TIMES, head.rest)
    local due = tonumber(run_at) or now
    local status = due > math.max(now, tonumber(created) or now) and 'scheduled' or 'pending'
    local before = index_key(head.tenant, head.type, head.status)
    local after = index_key(head.tenant, head.type, status)
    set(JOB .. id, rewritten(head, record, 1, 0, status, 0, ''))
    set(ARQ_JOB .. id, body)
    add(head.key, due, id)
    remove(before, id)
    add(after, 0, id)
    count(head.key, before, -1)
    count(head.key, after, 1)
    happened(id, after, head.key, head.rev + 1, head.tags)
    return head.key, math.min(due, status == 'pending' and now or due)
end

-- What has ended is waited for no more. Answers the keys of all that may be over with that.
local function end_waits()
    local waits = waiting
    waiting = {}
    each_parent(ended, function(child, parent)
        local index = index_of[child]
        waits[parent] = waits[parent] or waits_key(string.match(index, '^dmps:([^:]+)'), parent)
        local over = gather('SREM', waits[parent])
        over[#over + 1] = child
        if not are_done[index] then is_lost[parent] = true end
    end)
    perform()
    return waits
end

-- Whether some job that it waits for has ended without a result, before it began to wait.
local function has_lost(key)
    local children = string.gsub(key, ':waits:', ':children:', 1)
    if redis.pcall('SCARD', key) == redis.pcall('ZCARD', children) then return false end
    for _, child in ipairs(redis.pcall('ZDIFF', 2, children, key)) do
        local head = read_head(child)
        if not head or head.status ~= 'completed' then return true end
    end
    return false
end

-- To be called once all else is performed: what waits for nothing any more is released, and so is what a failed child
-- makes fail. `earliest`: by queue, as for `ring_if_due`.
local function release_all(now, body, earliest)
    for id, key in pairs(end_waits()) do
        local is_over = redis.call('EXISTS', key) == 0
        if not is_over and (is_lost[id] or has_begun[id]) and redis.pcall('HGET', FLOWS, id) == 'fail' then
            is_over = is_lost[id] or has_lost(key)
        end
        if is_over then
            local queue, due = release(id, now, body)
            if queue then earliest[queue] = math.min(earliest[queue] or math.huge, due) end
        end
    end
    perform()
end

-- A job that had ended runs again: whoever waited for it does so once more.
local function runs_again(id, tenant)
    each_parent({ id }, function(child, parent)
        local key = waits_key(tenant, parent)
        gather('SADD', key)[#gather('SADD', key) + 1] = child
    end)
end
