#!lua flags=allow-oom
-- Gives a worker up to `want` jobs: those whose lease lapsed first, then those that wait aside for its types, then
-- those that are due in its queue. A job's record moves to `processing` under a new fence; its id stays in the queue
-- at the end of its lease, where it hides nothing. A job of a type that the worker cannot take now is set aside.
-- ARGV: worker, the call's place and nonce, lease (ms), queue, want, want of children, number of types, then the types,
-- each preceded by where it runs: 'loop' or 'child'.
-- Returns: now, the time the next job is due or 0, 1 if more may be due, 1 if this answers a repeated call, then for
-- each job: id, its record before the claim (as it is now, in answer to a repeated call).

local MOST_LOOKS, FEWEST_LOOKS = 500, 20 -- ids looked at in one call, in one step

local worker, place, nonce, lease, queue = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local slots, children = tonumber(ARGV[6]), tonumber(ARGV[7]) -- a job in a child takes a slot, too
local kind_of, types = {}, {}
for i = 9, #ARGV, 2 do
    kind_of[ARGV[i + 1]] = ARGV[i]
    types[#types + 1] = ARGV[i + 1]
end

local now = server_time()
local lease_end = now + lease
local claimed, looks, is_set_aside = {}, 0, false
local replies = { now, 0, 0, 0 }

local function repeated()
    local last = redis.call('GET', CLAIM .. place)
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
    return kind ~= nil and slots > 0 and (kind == 'loop' or children > 0)
end

local function take(id, record, head)
    slots = slots - 1
    if kind_of[head.type] == 'child' then children = children - 1 end
    replies[#replies + 1] = id
    replies[#replies + 1] = record
    claimed[#claimed + 1] = id
    if head.status ~= 'processing' then
        remove(index_key(head.tenant, head.type, head.status), id)
        add(index_key(head.tenant, head.type, 'processing'), 0, id)
    end
    set(JOB .. id, string.format(
        '{"rev":%d,"fence":%d,"status":"processing","type":"%s","tenant":"%s","claimedAt":%.0f,"worker":"%s","tags":[%s]',
        head.rev + 1, head.fence + 1, head.type, head.tenant, now, worker, head.tags
    ) .. string.sub(record, head.rest))
    set(ARQ_IN_PROGRESS .. id, worker)
    add(LEASES, lease_end, id)
    add(queue, lease_end, id)
end

local function forget(id)
    remove(queue, id)
    remove(LEASES, id)
end

local function is_parked(key)
    return string.sub(key, 1, #PARKED) == PARKED
end

local function set_aside(id, head, score)
    add(PARKED .. head.type, score, id)
    forget(id)
    is_set_aside = true
end

-- An id of the queue that has no record of ours is a plain arq job: arq's own loop takes it from its own queue.
local function not_ours(id, score)
    forget(id)
    if redis.call('EXISTS', ARQ_JOB .. id) == 1 then add(MAINTENANCE, score, id) end
end

local function consider(id, score, record)
    looks = looks + 1
    if not record then return not_ours(id, score) end
    local head = head_of(record)
    if head.status == 'processing' then
        local held_until = tonumber(redis.call('ZSCORE', LEASES, id) or 0)
        if held_until > now then return add(queue, held_until, id) end
    elseif not is_queued(head.status) then
        return forget(id)
    end
    if can_take(head.type) then
        take(id, record, head)
    else
        set_aside(id, head, score)
    end
end

-- The first ids of a set that are due, as long as there are slots. Answers whether there were any.
local function consider_first(key, most)
    local due = redis.call('ZRANGE', key, '-inf', now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    if #due == 0 then return false end
    local keys = {}
    for i = 1, #due, 2 do keys[#keys + 1] = JOB .. due[i] end
    for n, record in ipairs(redis.call('MGET', unpack(keys))) do
        if slots == 0 then break end
        local id, score = due[2 * n - 1], due[2 * n]
        if is_parked(key) then remove(key, id) end
        consider(id, score, record)
    end
    perform()
    return true
end

local function consider_all(key)
    while slots > 0 and looks < MOST_LOOKS do
        if not consider_first(key, math.min(math.max(slots, FEWEST_LOOKS), MOST_LOOKS)) then return end
    end
end

local function consider_parked()
    local keys = {}
    for i, type in ipairs(types) do keys[i] = PARKED .. type end
    if #keys == 0 or redis.call('EXISTS', unpack(keys)) == 0 then return end
    for _, type in ipairs(types) do
        if can_take(type) then
            consider_first(PARKED .. type, kind_of[type] == 'child' and math.min(slots, children) or slots)
        end
    end
end

local function look_ahead()
    local next_due = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2]
    if not next_due then return end
    replies[2] = tonumber(next_due)
    if replies[2] <= now then replies[3] = 1 end
end

if repeated() then return replies end
if slots > 0 then
    consider_all(LEASES)
    consider_parked()
    consider_all(queue)
    look_ahead()
    if #claimed > 0 then redis.call('SET', CLAIM .. place, nonce .. table.concat(claimed, ' '), 'PX', lease) end
    if replies[3] == 1 or is_set_aside then ring_if_due(now, now) end
end
return replies
