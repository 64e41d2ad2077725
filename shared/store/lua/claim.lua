#!lua flags=allow-oom
-- Gives a worker up to `want` jobs: those whose lease lapsed first, then those that wait aside for its types, then
-- those that are due in its queue. A job's record moves to `processing` under a new fence; its id stays in the queue
-- at the end of its lease, where it hides nothing. A job of a type that the worker cannot take now is set aside.
-- ARGV: worker, nonce, lease (ms), queue, want, want of children, number of types, then the types: those that run on
-- the loop, each preceded by 'loop', and those that run in a child, each preceded by 'child'.
-- Returns: now, the time the next job is due or 0, 1 if more may be due, 1 if this answers a repeated call, then for
-- each job: id, its record before the claim (as it is now, in answer to a repeated call).

local MOST_LOOKS = 500 -- ids looked at in one call

local worker, nonce, lease, queue = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local want = { loop = tonumber(ARGV[5]), child = tonumber(ARGV[6]) }
local slots = want.loop -- a job in a child takes a slot, too
local kind_of, types = {}, {}
for i = 8, #ARGV, 2 do
    kind_of[ARGV[i + 1]] = ARGV[i]
    types[#types + 1] = ARGV[i + 1]
end

local now = server_time()
local claimed, looks = {}, 0
local replies = { now, 0, 0, 0 }

local function repeated()
    local last = redis.call('GET', CLAIM .. worker)
    if not last or string.sub(last, 1, #nonce) ~= nonce then return false end
    replies[4] = 1
    for id in string.gmatch(string.sub(last, #nonce + 1), '%S+') do
        replies[#replies + 1] = id
        replies[#replies + 1] = redis.call('GET', JOB .. id) or ''
    end
    return true
end

local function can_take(type)
    local kind = kind_of[type]
    return kind ~= nil and slots > 0 and (kind == 'loop' or want.child > 0)
end

local function take(id, record, head)
    slots = slots - 1
    if kind_of[head.type] == 'child' then want.child = want.child - 1 end
    replies[#replies + 1] = id
    replies[#replies + 1] = record
    claimed[#claimed + 1] = id
    local lease_end = now + lease
    if head.status ~= 'processing' then
        redis.call('ZREM', index_key(head.tenant, head.type, head.status), id)
        redis.call('ZADD', index_key(head.tenant, head.type, 'processing'), 0, id)
    end
    head.rev, head.fence, head.status = head.rev + 1, head.fence + 1, 'processing'
    head.claimed_at, head.worker = now, worker
    redis.call('SET', JOB .. id, with_head(record, head))
    redis.call('ZADD', LEASES, lease_end, id)
    redis.call('ZADD', queue, lease_end, id)
    redis.call('SET', ARQ_IN_PROGRESS .. id, worker, 'PX', lease)
end

local function forget(id)
    redis.call('ZREM', queue, id)
    redis.call('ZREM', LEASES, id)
end

local function set_aside(id, head, score)
    redis.call('ZADD', PARKED .. head.type, score, id)
    forget(id)
    ring_if_due(now, now)
end

-- An id of the queue that has no record of ours is a plain arq job: arq's own loop takes it from its own queue.
local function not_ours(id, score)
    forget(id)
    if redis.call('EXISTS', ARQ_JOB .. id) == 1 then redis.call('ZADD', MAINTENANCE, score, id) end
end

local function consider(id, score)
    looks = looks + 1
    local record = redis.call('GET', JOB .. id)
    if not record then return not_ours(id, score) end
    local head = head_of(record)
    if head.status == 'processing' then
        local lease_end = tonumber(redis.call('ZSCORE', LEASES, id) or 0)
        if lease_end > now then return redis.call('ZADD', queue, lease_end, id) end
    elseif not is_queued(head.status) then
        return forget(id)
    end
    if can_take(head.type) then
        take(id, record, head)
    else
        set_aside(id, head, score)
    end
end

local function consider_due(key)
    while slots > 0 and looks < MOST_LOOKS do
        local due = redis.call('ZRANGE', key, '-inf', now, 'BYSCORE', 'LIMIT', 0, slots, 'WITHSCORES')
        if #due == 0 then return end
        for i = 1, #due, 2 do
            if slots == 0 then return end
            consider(due[i], due[i + 1])
        end
    end
end

local function consider_parked()
    for _, type in ipairs(types) do
        while can_take(type) do
            local first = redis.call('ZRANGE', PARKED .. type, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
            if #first == 0 then break end
            redis.call('ZREM', PARKED .. type, first[1])
            consider(first[1], first[2])
        end
    end
end

local function parked_anything()
    local keys = {}
    for i, type in ipairs(types) do keys[i] = PARKED .. type end
    return #keys > 0 and redis.call('EXISTS', unpack(keys)) > 0
end

if repeated() then return replies end
if slots > 0 then
    consider_due(LEASES)
    if parked_anything() then consider_parked() end
    consider_due(queue)
    local next_due = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2]
    if next_due then
        replies[2] = tonumber(next_due)
        if replies[2] <= now then
            replies[3] = 1
            ring_if_due(replies[2], now)
        end
    end
    if #claimed > 0 then redis.call('SET', CLAIM .. worker, nonce .. table.concat(claimed, ' '), 'PX', lease) end
end
return replies
