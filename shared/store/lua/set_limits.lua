#!lua flags=allow-oom
-- Changes what of a queue or a type is paused or limited, then wakes idle workers: they may find more to do now.
-- ARGV: the subject (`queue:NAME` or `type:NAME`), the changes (a JSON object, whose nulls remove a limit).
-- Returns: now, the limits in force (JSON; empty if there are none).

local HEARD_WITHIN = 10000 -- ms
local subject, changes = ARGV[1], cjson.decode(ARGV[2])
local now = server_time()

local function limits_in_force()
    local is_json, found = pcall(cjson.decode, redis.call('HGET', LIMITS, subject) or '{}')
    return is_json and type(found) == 'table' and found or {} -- nonsense that was written there goes
end

local function write(limits)
    if next(limits) == nil then
        redis.call('HDEL', LIMITS, subject)
        return ''
    end
    local text = cjson.encode(limits)
    redis.call('HSET', LIMITS, subject, text)
    return text
end

-- One ring wakes one worker, and each may be the one that can take what is free now.
local function wake(queue)
    local rings = {}
    local idle = redis.call('ZCOUNT', WORKERS, now - HEARD_WITHIN, '+inf')
    for i = 1, math.min(idle, MOST_RINGS) do rings[i] = 1 end
    if #rings > 0 then redis.pcall('LPUSH', BELL .. queue, unpack(rings)) end
    redis.pcall('LTRIM', BELL .. queue, 0, MOST_RINGS - 1)
end

local function wake_queues_with_jobs()
    local depth, has_jobs = redis.call('HGETALL', DEPTH), {}
    for i = 1, #depth, 2 do
        local queue, status = string.match(depth[i], '^queue:([^:]+):(%l+)$')
        if queue and is_queued(status) and tonumber(depth[i + 1]) > 0 then has_jobs[queue] = true end
    end
    for queue in pairs(has_jobs) do wake(queue) end
end

local limits = limits_in_force()
for name, value in pairs(changes) do limits[name] = value ~= cjson.null and value or nil end
local text = write(limits)
local queue = string.match(subject, '^queue:(.+)$')
if queue then wake(queue) else wake_queues_with_jobs() end
return { now, text }
