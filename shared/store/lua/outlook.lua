#!lua flags=no-writes,allow-oom
-- What stands before a job that waits, in the order in which claim.lua takes jobs, and how fast its queue goes.
-- ARGV: id, how long ago a worker that lives was heard at most (ms), of how many buckets the flow is wanted.
-- Returns: now, how many jobs would be taken before it (-1: it does not wait), 1 if it may be taken at all (a worker
-- serves it, and neither its queue nor its type is paused), then for each bucket, the newest first: how many jobs came
-- into its queue, and how many left it.

local PRIORITIES = { 'high', 'normal', 'low' }
local FIRST_TIME = '1000000000000' -- ms, in 2001: a lower score in a queue is no time (see claim.lua)

local id, heard_within, buckets = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = server_time()
local due = now -- until when jobs are: what is pending may run now, though the clock was set back a little since
local head = read_head(id)
local crew -- what each worker that claims says of itself
local may_begin = {} -- by type
local asides = {} -- by the key of a queue: keys of what waits aside and may be taken

-- Keys of another kind count nothing.
local function number(reply) return type(reply) ~= 'table' and tonumber(reply) or nil end
local function count_of(key, first, last) return number(redis.pcall('ZCOUNT', key, first, last)) or 0 end

local function read_crew()
    crew = {}
    for _, worker in ipairs(redis.pcall('ZRANGE', WORKERS, now - heard_within, '+inf', 'BYSCORE')) do
        local says = redis.pcall('GET', WORKER .. worker)
        if type(says) == 'string' and not string.find(says, '"draining":true', 1, true) then
            crew[#crew + 1] = {
                queues = string.match(says, '"queues":(%b{})') or '"default":',
                types = string.match(says, '"types":(%b[])') or '',
            }
        end
    end
end

local function is_served(type)
    if not crew then read_crew() end
    local queue_named, type_named = '"' .. head.queue .. '":', '"' .. type .. '"'
    for _, worker in ipairs(crew) do
        if string.find(worker.queues, queue_named, 1, true) and string.find(worker.types, type_named, 1, true) then
            return true
        end
    end
    return false
end

local function may_type_begin(type)
    if may_begin[type] == nil then may_begin[type] = not is_paused('type', type) and is_served(type) end
    return may_begin[type]
end

local function read_asides()
    for _, key in ipairs(redis.pcall('SMEMBERS', ASIDE)) do
        local queue, type = string.match(key, '^dmps:%l+:([^|]+)|(.+)$')
        if queue and queue_of(queue) == head.queue and may_type_begin(type) then
            asides[queue] = asides[queue] or {}
            table.insert(asides[queue], key)
        end
    end
end

local function aside_before(queue, score, but)
    local total = 0
    for _, key in ipairs(asides[queue] or {}) do
        if key ~= but then total = total + count_of(key, '-inf', score) end
    end
    return total
end

-- What waits aside goes before what stands in the queue.
local function due_in(queue) return aside_before(queue, due) + count_of(queue, FIRST_TIME, due) end

local function before_in_queue()
    local score = number(redis.pcall('ZSCORE', head.key, id))
    if not score then return nil end
    if head.status == 'pending' then due = math.max(due, score) end
    if score > due then return due_in(head.key) end
    local rank = redis.call('ZRANK', head.key, id) - count_of(head.key, '-inf', '(' .. FIRST_TIME)
    return aside_before(head.key, due) + math.max(0, rank)
end

local function before_aside(key)
    local score = redis.pcall('ZSCORE', key, id)
    if not number(score) then return nil end
    return redis.call('ZRANK', key, id) + aside_before(head.key, '(' .. score, key)
end

local function position()
    if not head or not is_queued(head.status) then return -1 end
    local own = before_in_queue() or before_aside(parked_key(head.key, head.type))
        or before_aside(suspects_key(head.key, head.type))
    if not own then return -1 end
    for _, priority in ipairs(PRIORITIES) do
        if priority == head.priority then break end
        own = own + due_in(queue_key(head.queue, priority))
    end
    return own
end

local function flow()
    local replies, newest = {}, math.floor(now / FLOW_BUCKET)
    for bucket = newest, newest - buckets + 1, -1 do
        local key = FLOW .. string.format('%.0f', bucket)
        local counts = redis.pcall('HMGET', key, 'in:' .. head.queue, 'out:' .. head.queue)
        replies[#replies + 1] = number(counts[1]) or 0
        replies[#replies + 1] = number(counts[2]) or 0
    end
    return unpack(replies)
end

if not head or not head.type then return { now, -1, 0 } end
read_limits()
read_asides()
local may = not is_paused('queue', head.queue) and may_type_begin(head.type)
return { now, position(), may and 1 or 0, flow() }
