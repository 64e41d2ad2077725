#!lua flags=allow-oom
-- Gives a worker up to `want` jobs: those whose lease lapsed first, then those that wait aside for its types, then
-- those that are due in its queue. A job's record moves to `processing` under a new fence; its id stays in the queue
-- at the end of its lease, where it hides nothing. A job of a type that the worker cannot take now is set aside.
-- ARGV: worker, the call's place and nonce, lease (ms), queue, want, want of children, 1 if lapsed leases may be taken
-- (0 after an outage of the store, until their workers have had the time to renew them), number of types, then the
-- types, each preceded by where it runs: 'loop' or 'child'.
-- Returns: now, the time the next job is due or 0, 1 if more may be due, 1 if this answers a repeated call, then for
-- each job: id, its record before the claim (as it is now, in answer to a repeated call).

local MOST_LOOKS, FEWEST_LOOKS = 500, 20 -- ids looked at in one call, in one step
local PATIENCE = 2000 -- ms until a lapsed lease that may not be taken yet is looked at again

local worker, place, nonce, lease, queue = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local slots, children = tonumber(ARGV[6]), tonumber(ARGV[7]) -- a job in a child takes a slot, too
local takes_lapsed = ARGV[8] == '1'
local kind_of, types = {}, {}
for i = 10, #ARGV, 2 do
    kind_of[ARGV[i + 1]] = ARGV[i]
    types[#types + 1] = ARGV[i + 1]
end

local now = server_time()
local lease_end = now + lease
local claimed, heads, looks, is_set_aside = {}, {}, 0, false
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

local function take(id, head)
    slots = slots - 1
    if kind_of[head.type] == 'child' then children = children - 1 end
    claimed[#claimed + 1] = id
    heads[id] = head
    if head.status ~= 'processing' then
        remove(index_key(head.tenant, head.type, head.status), id)
        add(index_key(head.tenant, head.type, 'processing'), 0, id)
    end
    set(ARQ_IN_PROGRESS .. id, worker)
    add(LEASES, lease_end, id)
    add(queue, lease_end, id)
end

local function is_parked(key)
    return string.sub(key, 1, #PARKED) == PARKED
end

local function forget(id)
    remove(queue, id)
    remove(LEASES, id)
end

-- A job that was lost with its worker is the first among those that wait aside: it has waited for its lease already.
local function set_aside(id, head, score)
    add(PARKED .. head.type, head.status == 'processing' and 0 or score, id)
    forget(id)
    is_set_aside = true
end

-- An id of the queue that has no record of ours is a plain arq job. It makes room for ours: arq's own loop finds it
-- before all of them, and arq's clients find it where they put it.
local function not_ours(id, score)
    if redis.call('EXISTS', JOB .. id) == 1 then return forget(id) end
    remove(LEASES, id)
    redis.call('ZADD', queue, 'XX', score - AHEAD, id)
end

-- How long the lease of a running job holds, as far as this call is concerned.
local function held_until(id)
    local lease = tonumber(redis.call('ZSCORE', LEASES, id) or 0)
    return takes_lapsed and lease or math.max(lease, now + PATIENCE)
end

local function consider(id, score)
    looks = looks + 1
    local head = read_head(id)
    if not head then return not_ours(id, score) end
    if head.status == 'processing' then
        local held = held_until(id)
        if held > now then return add(queue, held, id) end
    elseif not is_queued(head.status) then
        return forget(id)
    end
    if can_take(head.type) then
        take(id, head)
    else
        set_aside(id, head, score)
    end
end

-- The first ids of a set that are due, as long as there are slots. Answers whether there were any.
local function consider_first(key, most)
    local due = redis.call('ZRANGE', key, 0, now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    for i = 1, #due, 2 do
        if slots == 0 then break end
        if is_parked(key) then remove(key, due[i]) end
        consider(due[i], due[i + 1])
    end
    perform()
    return #due > 0
end

local function consider_all(key)
    while slots > 0 and looks < MOST_LOOKS do
        if not consider_first(key, math.min(math.max(slots, FEWEST_LOOKS), MOST_LOOKS)) then return end
    end
end

-- Of the types that can be taken, the one whose first job has waited longest.
local function next_parked()
    local found, earliest = nil, now
    for _, type in ipairs(types) do
        if can_take(type) then
            local score = redis.call('ZRANGE', PARKED .. type, 0, 0, 'WITHSCORES')[2]
            if score and tonumber(score) <= earliest then found, earliest = type, tonumber(score) end
        end
    end
    return found
end

local function consider_parked()
    local keys = {}
    for i, type in ipairs(types) do keys[i] = PARKED .. type end
    if #keys == 0 or redis.call('EXISTS', unpack(keys)) == 0 then return end
    while looks < MOST_LOOKS do
        local type = next_parked()
        if not type then return end
        consider_first(PARKED .. type, 1)
    end
end

-- Only the records of those that were taken are read: what is merely looked at may be large.
local function hand_out()
    local keys = {}
    for n, id in ipairs(claimed) do keys[n] = JOB .. id end
    for n, record in ipairs(redis.call('MGET', unpack(keys))) do
        local id = claimed[n]
        local head = heads[id]
        replies[#replies + 1] = id
        replies[#replies + 1] = record
        set(JOB .. id, string.format(
            '{"rev":%d,"fence":%d,"status":"processing","type":"%s","tenant":"%s","claimedAt":%.0f,"worker":"%s","tags":[%s]',
            head.rev + 1, head.fence + 1, head.type, head.tenant, now, worker, head.tags
        ) .. string.sub(record, head.rest))
    end
    perform()
    redis.call('SET', CLAIM .. place, nonce .. table.concat(claimed, ' '), 'PX', lease)
end

local function look_ahead()
    local next_due = redis.call('ZRANGE', queue, 0, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
    if not next_due then return end
    replies[2] = tonumber(next_due)
    if replies[2] <= now then replies[3] = 1 end
end

if repeated() then return replies end
if slots > 0 then
    if takes_lapsed then consider_all(LEASES) end
    consider_parked()
    consider_all(queue)
    if #claimed > 0 then hand_out() end
    look_ahead()
    if replies[3] == 1 or is_set_aside then ring_if_due(now, now) end
end
return replies
