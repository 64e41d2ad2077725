#!lua flags=allow-oom
-- Gives a worker up to `want` jobs: those whose lease lapsed first, then those that wait aside for its types, then
-- those that are due in its queue. A job's record moves to `processing` under a new fence; its id stays in the queue
-- at the end of its lease, where it hides nothing. A job of a type that the worker cannot take now is set aside.
-- A worker has at most one suspect, a job that may be what its workers were lost of.
-- ARGV: worker, the call's place and nonce, lease (ms), queue, want, want of children, of suspects, tenant, then the
-- types, each preceded by where it runs: 'loop' or 'child'.
-- Returns: now, the time the next job is due or 0, 1 if more may be due, the time of the claim, then for each job: id,
-- its record before the claim. A repeated call is answered the same, but for now.

local MOST_LOOKS, FEWEST_LOOKS = 500, 20 -- ids looked at in one call, in one step
local REMEMBERED = 600000 -- ms; a worker repeats its call for as long as the store is away
local ANY_TIME = 10 ^ 12 -- ms, in 2001: a lower score is no time, but where arq's Job.abort puts an id

local RECORD = '{"rev":%d,"fence":%d,"status":"%s","type":"%s","tenant":"%s",'
    .. '"claimedAt":%.0f,"worker":"%s","losses":%d,"tags":[%s]'

local worker, place, nonce, lease, queue = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local slots, children = tonumber(ARGV[6]), tonumber(ARGV[7]) -- a job in a child takes a slot, too
local suspects, tenant = tonumber(ARGV[8]), ARGV[9]
local kind_of, types = {}, {}
for i = 10, #ARGV, 2 do
    kind_of[ARGV[i + 1]] = ARGV[i]
    types[#types + 1] = ARGV[i + 1]
end

local now = server_time()
local lease_end = now + lease
local claimed, heads, looks, is_set_aside = {}, {}, 0, false
local replies = { now, 0, 0, now }

-- The record of a job so many claims later.
local function claims_later(claims, record, head, status, claimed_at, holder)
    return string.format(
        RECORD, head.rev + claims, head.fence + claims, status, head.type, head.tenant, claimed_at, holder, head.losses,
        head.tags
    ) .. string.sub(record, head.rest)
end

-- What is remembered of a claim: the nonce, the time, then for each job a line: its id and, if its lease had lapsed,
-- since when who had held it.
local function remember()
    local lines = { nonce, string.format('%.0f', now) }
    for n, id in ipairs(claimed) do
        local head = heads[id]
        lines[n + 2] = id
        if head.status == 'processing' then
            lines[n + 2] = string.format('%s %.0f %s', id, head.claimed_at, head.worker)
        end
    end
    redis.call('SET', CLAIM .. place, table.concat(lines, '\n'), 'PX', REMEMBERED)
end

-- Of what the call took when it came first, what is still its worker's. The worker hears of it only now, so its leases
-- begin anew.
local function take_again(line)
    local id, since, holder = string.match(line, '^(%S+) ?(%d*) ?(.*)$')
    local record = redis.pcall('GET', JOB .. id)
    local head = type(record) == 'string' and head_of(record)
    if not head or head.status ~= 'processing' or head.worker ~= worker or head.claimed_at ~= replies[4] then return end
    add(LEASES, lease_end, id)
    add(queue, lease_end, id)
    replies[#replies + 1] = id
    replies[#replies + 1] =
        claims_later(-1, record, head, since == '' and 'pending' or 'processing', tonumber(since) or 0, holder)
end

local function repeated()
    local last = redis.pcall('GET', CLAIM .. place)
    if type(last) ~= 'string' or string.sub(last, 1, #nonce + 1) ~= nonce .. '\n' then return false end
    local next_line = string.gmatch(string.sub(last, #nonce + 2), '[^\n]+')
    replies[4] = tonumber(next_line())
    for line in next_line do take_again(line) end
    perform()
    return true
end

local function can_take(type)
    local kind = kind_of[type]
    return kind ~= nil and slots > 0 and (kind == 'loop' or children > 0)
end

-- A job that was lost with its worker so often that it may be the cause.
local function is_suspect(head)
    return head.losses + (head.status == 'processing' and 1 or 0) >= SUSPECT_LOSSES
end

local function take(id, head)
    slots = slots - 1
    if kind_of[head.type] == 'child' then children = children - 1 end
    if is_suspect(head) then suspects = suspects - 1 end
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

local function is_queue(key)
    return key == queue or key == LEASES
end

local function forget(id)
    remove(queue, id)
    remove(LEASES, id)
end

-- A job that was lost with its worker is the first among those that wait aside: it has waited for its lease already.
local function set_aside(id, head, score)
    local aside = is_suspect(head) and SUSPECTS or PARKED
    add(aside .. head.type, head.status == 'processing' and 0 or score, id)
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

-- When a job is due by its record, whose head is followed by these members (shared/job.py).
local function due_of(id, head)
    local record = redis.call('GETRANGE', JOB .. id, 0, LONGEST_HEAD)
    return tonumber(string.match(record, '^,"id":"[^"]*","createdAt":%d+,"runAt":(%d+)', head.rest)) or 0
end

-- Until when a job that was found before its time is not to be taken.
local function held_until(id, head, score)
    if head.status == 'processing' then return tonumber(redis.call('ZSCORE', LEASES, id) or 0) end
    return tonumber(score) < ANY_TIME and due_of(id, head) or 0
end

local function consider(id, score)
    looks = looks + 1
    local head = read_head(id)
    if not head then return not_ours(id, score) end
    if head.status ~= 'processing' and not is_queued(head.status) then return forget(id) end
    local held = head.status == 'pending' and 0 or held_until(id, head, score)
    if held > now then
        add(queue, held, id)
    elseif can_take(head.type) and (suspects > 0 or not is_suspect(head)) then
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
        if not is_queue(key) then remove(key, due[i]) end
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
            local score = redis.pcall('ZRANGE', PARKED .. type, 0, 0, 'WITHSCORES')[2]
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

-- What is pending may run now, though the clock was set back since it was queued. Looked for when the queue has nothing
-- more that is due: then the index is empty, but for that, and for what waits aside because no child is free.
local function consider_pending()
    local keys = {}
    for i, type in ipairs(types) do keys[i] = index_key(tenant, type, 'pending') end
    if slots == 0 or looks >= MOST_LOOKS or #keys == 0 or redis.call('EXISTS', unpack(keys)) == 0 then return end
    for i, type in ipairs(types) do
        local ids = can_take(type) and redis.pcall('ZRANGE', keys[i], 0, math.min(slots, MOST_LOOKS) - 1) or {}
        for _, id in ipairs(ids) do
            local head = read_head(id)
            if head and head.status == 'pending' and head.type == type and can_take(type) and not is_suspect(head) then
                remove(PARKED .. type, id)
                take(id, head)
            end
        end
    end
    perform()
end

local function consider_suspects()
    for _, type in ipairs(types) do
        if suspects > 0 and can_take(type) then consider_first(SUSPECTS .. type, 1) end
    end
end

-- Only the records of those that were taken are read: what is merely looked at may be large.
local function hand_out()
    for _, id in ipairs(claimed) do
        local record = heads[id].record or redis.call('GET', JOB .. id)
        replies[#replies + 1] = id
        replies[#replies + 1] = record
        set(JOB .. id, claims_later(1, record, heads[id], 'processing', now, worker))
    end
    perform()
    remember()
end

local function look_ahead()
    local next_due = redis.call('ZRANGE', queue, 0, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
    if not next_due then return end
    replies[2] = tonumber(next_due)
    if replies[2] <= now then replies[3] = 1 end
end

if repeated() then return replies end
if slots > 0 then
    give_respite(now)
    consider_all(LEASES)
    consider_suspects()
    consider_parked()
    consider_all(queue)
    consider_pending()
    if #claimed > 0 then hand_out() end
    look_ahead()
    if replies[3] == 1 or is_set_aside then ring_if_due(now, now) end
end
return replies
