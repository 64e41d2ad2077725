-- Writes new jobs. An id that is there already was written by an earlier try of the same call, and is left alone.
-- ARGV: arq's body of a job; of a request that is to be done once, its key (or ''), what is to stand there unless
-- something does, for how long (ms); then for each job:
--   id, record, queue, due (ms), when it is too late (ms; 0: never), how long it stands for others (ms; 0: to its end),
--   and of one that waits for others, or is waited for: what it does if one fails; its parent; what it depends on. A
--   job comes before the one that waits for it.
-- Returns: now, or, where there is more to say: now, what stood under the request's key if something else did (and then
-- nothing was written), then for each job that another stands for: its id, the other's, the other's status.

local WIDTH = 7
local FIRST = 5
local now = server_time()
local earliest = {}
local types_of = {}
local replies = { now, '' }
local is_again = false

-- Whether the request goes on: its key is free, or its own.
local function claim_request()
    local key, mine = ARGV[2], ARGV[3]
    if key == '' or redis.call('SET', key, mine, 'NX', 'PX', ARGV[4]) then return true end
    local stands = redis.call('GET', key)
    is_again = string.sub(stands, 1, #mine) == mine
    if is_again then return true end -- by an earlier try of the same call
    replies[2] = stands
    return false
end

-- What stands there tells whoever reads it which jobs were not written, because others stand for them: a line for each.
local function complete_request()
    if #replies == 2 and not is_again then return end
    local lines = { ARGV[3] }
    for i = 3, #replies, 3 do lines[#lines + 1] = table.concat(replies, ' ', i, i + 2) end
    redis.call('SET', ARGV[2], table.concat(lines, '\n'), 'KEEPTTL')
end

-- The job that stands for this one, and its status: until it has ended, or, if its key has a time, for that. Of what
-- somebody else has put there nothing stands for anything.
local function standing(key, id)
    local holder = redis.pcall('GET', key)
    local head = type(holder) == 'string' and holder ~= id and read_head(holder)
    local status = head and head.status
    local waits = is_queued(status) or status == 'blocked' or status == 'processing'
    if waits or (is_finished(status) and redis.call('PTTL', key) >= 0) then return holder, status end
end

local function is_stood_for(id, head, milliseconds)
    local hash = string.match(head.text, DEDUP, head.rest)
    if not hash then return false end
    local key = dedup_key(head.tenant, hash)
    local holder, status = standing(key, id)
    if holder then
        for _, fact in ipairs({ id, holder, status }) do replies[#replies + 1] = fact end
        return true
    end
    if milliseconds == '0' then redis.call('SET', key, id) else redis.call('SET', key, id, 'PX', milliseconds) end
    return false
end

local function write(i)
    local id, record, queue, due, missed = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
    local head = head_of(record)
    if is_stood_for(id, head, ARGV[i + 5]) or not redis.call('SET', JOB .. id, record, 'NX') then return end
    local index = index_key(head.tenant, head.type, head.status)
    add(index, 0, id)
    count(queue, index, 1)
    tally(head.tenant, 'submitted')
    happened(id, index, queue, head.rev, head.tags)
    if ARGV[i + 6] ~= '' then join(id, head.tenant, ARGV[i + 6]) end
    types_of[head.tenant] = types_of[head.tenant] or {}
    types_of[head.tenant][head.type] = true
    each_tag(head, function(key) add(key, 0, id) end)
    if head.queue ~= DEFAULT_QUEUE then add(in_queue_key(head.tenant, head.queue), 0, id) end
    if missed ~= '0' then add(MISSABLE, missed, id) end
    if is_queued(head.status) then
        set(ARQ_JOB .. id, ARGV[1])
        add(queue, due, id)
        if head.status == 'pending' then due = math.min(due, now) end -- whatever clock its time is of
        earliest[queue] = math.min(earliest[queue] or math.huge, due)
    end
end

if not claim_request() then return replies end
for i = FIRST, #ARGV, WIDTH do write(i) end
if ARGV[2] ~= '' then complete_request() end
for tenant, types in pairs(types_of) do
    redis.pcall('SADD', TENANTS, tenant)
    for type in pairs(types) do redis.pcall('SADD', types_key(tenant), type) end
end
perform()
keep_joins()
release_all(now, ARGV[1], earliest)
perform_counts(now, 'in')
perform_tallies(now)
publish(now)
ring_if_due(earliest, now)
return #replies > 2 and replies or now
