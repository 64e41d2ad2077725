#!lua flags=allow-oom
-- Gives a worker up to `want` jobs: those whose lease lapsed first, then, queue by queue, those that wait aside and
-- those that are due. A job's record moves to `processing` under a new fence; its id stays in the queue at the end of
-- its lease, where it hides nothing. What cannot be taken now (of a type not served, paused, ...) is set aside.
-- ARGV: worker, the call's place and nonce, lease (ms), want, want of children, of suspects (what workers may be lost
-- of), of tenants (looked at), number of queues, for each, the heaviest first: its name, a priority, its share of want;
-- then the types, each preceded by where it runs: 'loop' or 'child'. Returns: now, the time to look again or 0, 1 if
-- more may be due, the time of the claim, then for each job: id, its record before. A repeated call hears the same.

local MOST_LOOKS, FEWEST_LOOKS = 500, 20 -- ids looked at in one call, in one step
local REMEMBERED = 600000 -- ms; a worker repeats its call for as long as the store is away
local ANY_TIME = 10 ^ 12 -- ms, in 2001: a lower score is no time, but where arq's Job.abort puts an id

local worker, place, nonce, lease = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local slots, children = tonumber(ARGV[5]), tonumber(ARGV[6]) -- a job in a child takes a slot, too
local suspects, most_tenants = tonumber(ARGV[7]), tonumber(ARGV[8])
local queues, serves, kind_of, types = {}, {}, {}, {}
local first_type = 10 + 3 * tonumber(ARGV[9])
for i = 10, first_type - 1, 3 do
    queues[#queues + 1] = { name = ARGV[i], key = queue_key(ARGV[i], ARGV[i + 1]), share = tonumber(ARGV[i + 2]) }
    serves[ARGV[i]] = true
end
for i = first_type, #ARGV, 2 do
    kind_of[ARGV[i + 1]] = ARGV[i]
    types[#types + 1] = ARGV[i + 1]
end

local now = server_time()
local lease_end = now + lease
local claimed, heads, looks = {}, {}, 0
local rings = {} -- by the key of a queue: workers of it may find something there
local replies = { now, 0, 0, now }

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
    add(head.key, lease_end, id)
    replies[#replies + 1] = id
    replies[#replies + 1] =
        rewritten(head, record, -1, -1, since == '' and 'pending' or 'processing', tonumber(since) or 0, holder)
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

-- A job that was lost with its worker so often that it may be the cause.
local function is_suspect(head)
    return head.losses + (head.status == 'processing' and 1 or 0) >= SUSPECT_LOSSES
end

-- Whether there is room for a job of that type.
local function has_room(type)
    local kind = kind_of[type]
    return kind ~= nil and slots > 0 and (kind == 'loop' or children > 0)
end

local function can_take(head)
    if not serves[head.queue] or not has_room(head.type) or (suspects <= 0 and is_suspect(head)) then return false end
    if head.status == 'processing' then return not (is_paused('queue', head.queue) or is_paused('type', head.type)) end
    return budget('queue', head.queue, now) > 0 and budget('type', head.type, now) > 0
end

local function take(id, head)
    slots = slots - 1
    if kind_of[head.type] == 'child' then children = children - 1 end
    if is_suspect(head) then suspects = suspects - 1 end
    claimed[#claimed + 1] = id
    heads[id] = head
    local is_taken_over = head.status == 'processing'
    if is_taken_over then
        tally(head.tenant, 'lost')
    else
        local before = index_key(head.tenant, head.type, head.status)
        local after = index_key(head.tenant, head.type, 'processing')
        remove(before, id)
        add(after, 0, id)
        count(head.key, before, -1)
        count(head.key, after, 1)
    end
    spend('queue', head.queue, id, now, is_taken_over)
    spend('type', head.type, id, now, is_taken_over)
    set(ARQ_IN_PROGRESS .. id, worker)
    add(LEASES, lease_end, id)
    add(head.key, lease_end, id)
end

local function forget(id, key)
    remove(key, id)
    remove(LEASES, id)
end

-- A job that was lost with its worker is the first among those that wait aside: it has waited for its lease already.
local function set_aside(id, head, score)
    local aside = is_suspect(head) and suspects_key(head.key, head.type) or parked_key(head.key, head.type)
    add(aside, head.status == 'processing' and 0 or score, id)
    redis.pcall('SADD', ASIDE, aside)
    forget(id, head.key)
    rings[head.key] = now
end

-- An id of the queue that has no record of ours is a plain arq job. It makes room for ours: arq's own loop finds it
-- before all of them, and arq's clients find it where they put it.
local function not_ours(id, score, key)
    if redis.call('EXISTS', JOB .. id) == 1 then return forget(id, key) end
    remove(LEASES, id)
    redis.call('ZADD', key, 'XX', score - AHEAD, id)
end

-- Until when a job that was found before its time is not to be taken.
local function held_until(id, head, score)
    if head.status == 'processing' then return tonumber(redis.call('ZSCORE', LEASES, id) or 0) end
    return tonumber(score) < ANY_TIME and due_of(id, head) or 0
end

local function consider(id, score, key)
    looks = looks + 1
    local head = read_head(id)
    if not head then return not_ours(id, score, key) end
    if head.status ~= 'processing' and not is_queued(head.status) then return forget(id, key) end
    local held = head.status == 'pending' and 0 or held_until(id, head, score)
    if held > now then
        add(head.key, held, id)
    elseif can_take(head) then
        head.due = tonumber(score)
        take(id, head)
    else
        set_aside(id, head, score)
    end
end

-- The first ids of a set that are due, until so many slots are left. Answers whether there were any.
local function consider_first(key, most, until_left, is_aside)
    local due = redis.call('ZRANGE', key, 0, now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    for i = 1, #due, 2 do
        if slots <= until_left then break end
        if is_aside then remove(key, due[i]) end
        consider(due[i], due[i + 1], key)
    end
    perform()
    return #due > 0
end

-- All that are due, until so many slots are left, or nothing of that queue (if it is one) may begin.
local function consider_all(key, until_left, queue)
    while slots > until_left and looks < MOST_LOOKS and (not queue or budget('queue', queue, now) > 0) do
        local most = math.min(math.max(slots - until_left, FEWEST_LOOKS), MOST_LOOKS)
        if not consider_first(key, most, until_left) then return end
    end
end

-- The keys of what waits aside, by the keys of their queues: only types that this worker may take.
local function read_aside()
    local found = {}
    for _, key in ipairs(redis.pcall('SMEMBERS', ASIDE)) do
        local kind, queue, type = string.match(key, '^(dmps:%l+:)([^|]+)|(.+)$')
        if redis.call('EXISTS', key) == 0 then
            redis.pcall('SREM', ASIDE, key)
        elseif kind_of[type] then
            found[queue] = found[queue] or {}
            table.insert(found[queue], { key = key, type = type, is_suspect = kind == SUSPECTS })
        end
    end
    return found
end

-- Of what waits aside and can be taken, the key of the one that has waited longest.
local function next_aside(asides)
    local found, earliest = nil, now
    for _, aside in ipairs(asides) do
        if has_room(aside.type) and budget('type', aside.type, now) > 0 and (suspects > 0 or not aside.is_suspect) then
            local score = redis.pcall('ZRANGE', aside.key, 0, 0, 'WITHSCORES')[2]
            if score and tonumber(score) <= earliest then found, earliest = aside.key, tonumber(score) end
        end
    end
    return found
end

local function consider_aside(asides, until_left, queue)
    while slots > until_left and looks < MOST_LOOKS and budget('queue', queue, now) > 0 do
        local key = next_aside(asides)
        if not key then return end
        consider_first(key, 1, until_left, true)
    end
end

-- Each queue has its share, the lightest first, so that none is starved; what is left over goes to the heaviest.
local function consider_queues()
    local asides = read_aside()
    local function serve(queue, until_left)
        if asides[queue.key] then consider_aside(asides[queue.key], until_left, queue.name) end
        consider_all(queue.key, until_left, queue.name)
    end
    for i = #queues, 1, -1 do
        if queues[i].share > 0 then serve(queues[i], math.max(0, slots - queues[i].share)) end
    end
    for _, queue in ipairs(queues) do
        if slots > 0 then serve(queue, 0) end
    end
end

-- Of the jobs in a status, of those that the command finds of each type, those that may run.
local function consider_some(status, may_run, command, ...)
    if slots == 0 or looks >= MOST_LOOKS then return end
    for key, type in pairs(indexes_of_some(most_tenants, types, status)) do
        for _, id in ipairs(has_room(type) and redis.pcall(command, key, ...) or {}) do
            local head = read_head(id)
            if head and head.status == status and head.type == type and may_run(id, head) and can_take(head) then
                remove(parked_key(head.key, type), id)
                remove(suspects_key(head.key, type), id)
                take(id, head)
            end
        end
    end
    perform()
end

-- What is pending may run now, though the clock was set back since it was queued. Looked for when the queues have
-- nothing more that is due: then the index is empty, but for that, and for what waits aside.
local function consider_pending()
    consider_some('pending', function() return true end, 'ZRANGE', 0, math.min(slots, MOST_LOOKS) - 1)
end

-- A retry waits for its backoff, and no longer because the clock was set back since its last attempt ended.
local function consider_retries()
    local by = set_back_by(now)
    local function may_run(id, head) return ended_by_old_time(id, head, now) and due_of(id, head) - by <= now end
    if by > 0 then consider_some('retrying', may_run, 'ZRANDMEMBER', FEWEST_LOOKS) end
end

local function hand_out()
    for _, id in ipairs(claimed) do
        local record = heads[id].record or redis.call('GET', JOB .. id)
        replies[#replies + 1] = id
        replies[#replies + 1] = record
        set(JOB .. id, rewritten(heads[id], record, 1, 1, 'processing', now, worker))
        begun(id, heads[id])
    end
    perform()
    perform_counts(now)
    tally_waits(claimed, heads, ANY_TIME, now)
    perform_tallies(now)
    publish(now)
    remember()
end

-- When this worker should look again.
local function look_ahead()
    local soonest = next_start()
    for _, queue in ipairs(queues) do
        local due = redis.call('ZRANGE', queue.key, 0, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
        due = due and tonumber(due)
        if due and budget('queue', queue.name, now) > 0 then
            soonest = math.min(soonest or due, due)
            if due <= now then replies[3], rings[queue.key] = 1, now end
        end
    end
    replies[2] = soonest or 0
end

if repeated() then return replies end
if slots > 0 then
    read_limits()
    give_respite(now)
    consider_all(LEASES, 0)
    consider_queues()
    consider_pending()
    consider_retries()
    if #claimed > 0 then hand_out() end
    look_ahead()
    ring_if_due(rings, now)
end
return replies
