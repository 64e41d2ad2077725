-- What every script knows of a record: its head, and the time. See shared/job.py.

local HEAD = '^{"rev":(%d+),"fence":(%d+),"status":"(%l+)","type":"([^"]+)","tenant":"([^"]+)",'
    .. '"queue":"([^"]+)","priority":"(%l+)",'
    .. '"claimedAt":(%d+),"worker":"([^"]*)","losses":(%d+),"tags":%[([^%]]*)%]()'
local DEDUP = '^,"id":"[^"]*","createdAt":%d+,"runAt":%d+,"dedup":"(%x+)"' -- where the head ends (shared/job.py)
local RECORD = '{"rev":%d,"fence":%d,"status":"%s","type":"%s","tenant":"%s","queue":"%s","priority":"%s",'
    .. '"claimedAt":%.0f,"worker":"%s","losses":%d,"tags":[%s]'
local LONGEST_HEAD = 4096 -- twenty tags of 64 characters, and the rest

local function server_time()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function head_of(record)
    local rev, fence, status, type, tenant, queue, priority, claimed_at, worker, losses, tags, rest =
        string.match(record, HEAD)
    return {
        rev = tonumber(rev), fence = tonumber(fence), status = status, type = type, tenant = tenant, queue = queue,
        priority = priority, key = queue and queue_key(queue, priority),
        claimed_at = tonumber(claimed_at), worker = worker, losses = tonumber(losses), tags = tags, rest = rest,
        text = record,
    }
end

-- A record so many writes and claims later.
local function rewritten(head, record, writes, claims, status, claimed_at, holder)
    return string.format(
        RECORD, head.rev + writes, head.fence + claims, status, head.type, head.tenant, head.queue, head.priority,
        claimed_at, holder, head.losses, head.tags
    ) .. string.sub(record, head.rest)
end

-- Nothing for a key of another kind, which somebody else has put there: an error would stop all jobs, not just this.
local function read_head(id)
    local record = redis.pcall('GETRANGE', JOB .. id, 0, LONGEST_HEAD)
    if type(record) ~= 'string' or record == '' then return nil end
    local head = head_of(record)
    head.record = #record <= LONGEST_HEAD and record or nil -- that was all of it
    return head
end

local function is_finished(status)
    return status == 'completed' or status == 'failed' or status == 'cancelled'
end

local function is_queued(status)
    return status == 'pending' or status == 'scheduled' or status == 'retrying'
end

-- The indexes of types in a status that there are, to their types, of so many tenants by chance.
local function indexes_of_some(tenants, types, status)
    local found = {}
    for _, tenant in ipairs(redis.pcall('SRANDMEMBER', TENANTS, tenants)) do
        local keys = {}
        for n, type in ipairs(types) do keys[n] = index_key(tenant, type, status) end
        local is_any = #keys > 0 and redis.call('EXISTS', unpack(keys)) > 0
        for n, type in ipairs(is_any and types or {}) do found[keys[n]] = type end
    end
    return found
end

local function each_tag(head, command)
    for tag in string.gmatch(head.tags, '"([^"]+)"') do
        command(tag_key(head.tenant, tag))
    end
end

-- Idle workers look again after a second at the latest; only a job due before then must wake one.
local BELL_HORIZON = 1000
local MOST_RINGS = 64

-- The name of the queue that a key stands for.
local function queue_of(key)
    local name = string.match(key, '^[^:]+:queue:?([^!]*)')
    return name == '' and 'default' or name
end

-- `due` has, for each key of a queue, when its earliest new job is due.
local function ring_if_due(due, now)
    for key, time in pairs(due) do
        if time < now + BELL_HORIZON then
            local bell = BELL .. queue_of(key)
            redis.pcall('LPUSH', bell, 1) -- if the bell is no list, workers look every second all the same
            redis.pcall('LTRIM', bell, 0, MOST_RINGS - 1)
        end
    end
end

-- Many jobs, few keys: what a command is to do with each key is gathered, and done in one call a key. A call costs more
-- than what it does.
local COMMANDS = { 'ZREM', 'ZADD', 'DEL', 'MSET', 'HSET', 'SADD', 'SREM' }
local gathered = {}
for _, command in ipairs(COMMANDS) do gathered[command] = {} end

local function gather(command, key)
    local arguments = gathered[command][key] or {}
    gathered[command][key] = arguments
    return arguments
end

local function remove(key, id)
    local arguments = gather('ZREM', key)
    arguments[#arguments + 1] = id
end

local function add(key, score, id)
    local arguments = gather('ZADD', key)
    arguments[#arguments + 1] = score
    arguments[#arguments + 1] = id
end

local function delete(key)
    local arguments = gather('DEL', '')
    arguments[#arguments + 1] = key
end

local function set(key, value)
    local arguments = gather('MSET', '')
    arguments[#arguments + 1] = key
    arguments[#arguments + 1] = value
end

local MOST_ARGUMENTS = 1000 -- of one call; Lua takes no more than about 8,000

-- An index that is another kind of key lists nothing; the jobs go on. (Without arq's queue they cannot.)
local function call_for(key, command, ...)
    local reply = redis.pcall(command, ...)
    if type(reply) ~= 'table' or not reply.err then return end
    local is_index = string.sub(key, 1, 5) == 'dmps:' and key ~= LEASES
    if not is_index or string.sub(reply.err, 1, 9) ~= 'WRONGTYPE' then error(reply) end
end

local function call_in_parts(command, key, arguments)
    for first = 1, #arguments, MOST_ARGUMENTS do
        local last = math.min(first + MOST_ARGUMENTS - 1, #arguments)
        if key == '' then
            redis.call(command, unpack(arguments, first, last))
        else
            call_for(key, command, key, unpack(arguments, first, last))
        end
    end
end

local function perform()
    for _, command in ipairs(COMMANDS) do
        if next(gathered[command]) then
            for key, arguments in pairs(gathered[command]) do call_in_parts(command, key, arguments) end
            gathered[command] = {}
        end
    end
end

-- A worker is heard every two seconds. When none was for so long, the store stood still, was away, or its clock was
-- set: leases that have lapsed could not be renewed, so their workers get the time to. All that live are heard within
-- four seconds. (A call that waited at the store for long finds this out by itself, whatever its sender knew.)
local LONGEST_SILENCE, RESPITE = 5000, 4000 -- ms

local function give_respite(now)
    if redis.call('ZCOUNT', WORKERS, now - LONGEST_SILENCE, now) > 0 then return end
    for _, id in ipairs(redis.call('ZRANGE', LEASES, '-inf', now + RESPITE, 'BYSCORE')) do
        add(LEASES, now + RESPITE, id)
    end
    perform()
end

-- How many jobs have moved, by the key of their queue and their index; and so how many there are, by queue and by type.
local moved = {}

local function count(queue, index, change)
    local by_index = moved[queue] or {}
    moved[queue] = by_index
    by_index[index] = (by_index[index] or 0) + change
end

local FLOW_BUCKET, FLOW_KEPT = 1000, 120 -- ms that are counted together, seconds that they are kept

-- Callers may name any queue: what is empty leaves nothing behind.
local function change_depth(field, change)
    if redis.pcall('HINCRBY', DEPTH, field, change) == 0 then redis.call('HDEL', DEPTH, field) end
end

-- `flows`: whether jobs came in or left, rather than were removed when their time was over.
local function perform_counts(now, flows)
    local flow = FLOW .. string.format('%.0f', math.floor(now / FLOW_BUCKET))
    for key, by_index in pairs(moved) do
        local queue = queue_of(key)
        for index, change in pairs(by_index) do
            local type, status = string.match(index, ':jobs:([^:]+):(%l+)$')
            if change ~= 0 then
                change_depth('queue:' .. queue .. ':' .. status, change)
                change_depth('type:' .. type .. ':' .. status, change)
            end
            if flows and change > 0 and (flows == 'in' or is_finished(status)) then
                redis.pcall('HINCRBY', flow, flows .. ':' .. queue, change)
                redis.pcall('EXPIRE', flow, FLOW_KEPT)
            end
        end
    end
    moved = {}
end
