-- What was paused or limited: how many more jobs of a queue or a type may begin now. Exact over any number of workers,
-- since a script is one step, and all go by the store's clock. A subject is `queue:NAME` or `type:NAME`.

local SECOND = 1000 -- ms
local limits = { queue = {}, type = {} }
local budgets = { queue = {}, type = {} }

local function positive(value) return type(value) == 'number' and value > 0 and value or nil end

-- What somebody else than us wrote there limits nothing: it must not stop all claims.
local function read_limits()
    local found = redis.pcall('HGETALL', LIMITS)
    for i = 1, #found, 2 do
        local kind, name = string.match(found[i], '^(%l+):(.+)$')
        local is_json, limit = pcall(cjson.decode, found[i + 1])
        if limits[kind] and is_json and type(limit) == 'table' then
            limits[kind][name] = {
                paused = limit.paused == true, maxRunning = positive(limit.maxRunning),
                maxStartsPerSecond = positive(limit.maxStartsPerSecond),
            }
        end
    end
end

-- Starts within how many ms are counted, and how many there may be: 2.5 a second are 3 in 1.2 s, 0.5 are 1 in 2 s.
local function window_of(rate)
    local most = math.ceil(rate)
    return math.ceil(SECOND * most / rate), most
end

local function starts_left(starts, rate, now)
    local window, most = window_of(rate)
    redis.pcall('ZREMRANGEBYSCORE', starts, '-inf', now - window)
    return most - (positive(redis.pcall('ZCARD', starts)) or 0)
end

local function read_budget(kind, name, now)
    local limit, subject, left = limits[kind][name], kind .. ':' .. name, math.huge
    if limit.paused then return 0 end
    if limit.maxRunning then
        local running = redis.pcall('HGET', DEPTH, subject .. ':processing')
        left = limit.maxRunning - (positive(tonumber(running)) or 0)
    end
    if limit.maxStartsPerSecond then
        left = math.min(left, starts_left(STARTS .. subject, limit.maxStartsPerSecond, now))
    end
    return left
end

-- How many more of a queue or a type may begin.
local function budget(kind, name, now)
    if not limits[kind][name] then return math.huge end
    budgets[kind][name] = budgets[kind][name] or read_budget(kind, name, now)
    return budgets[kind][name]
end

local function is_paused(kind, name)
    return limits[kind][name] ~= nil and limits[kind][name].paused == true
end

-- One has begun. One that was taken over from a lost worker ran already.
local function spend(kind, name, id, now, is_taken_over)
    local limit = limits[kind][name]
    if not limit then return end
    if not is_taken_over then budgets[kind][name] = budget(kind, name, now) - 1 end
    if limit.maxStartsPerSecond then
        local starts = STARTS .. kind .. ':' .. name
        redis.pcall('ZADD', starts, now, id)
        redis.pcall('PEXPIRE', starts, (window_of(limit.maxStartsPerSecond)))
    end
end

-- When a queue or a type that has used up its starts may begin another job; nil if there is none.
local function next_start()
    local soonest
    for kind, names in pairs(budgets) do
        for name, left in pairs(names) do
            local rate = limits[kind][name].maxStartsPerSecond
            if left <= 0 and rate then
                local first = redis.pcall('ZRANGE', STARTS .. kind .. ':' .. name, 0, 0, 'WITHSCORES')[2]
                if first then soonest = math.min(soonest or math.huge, tonumber(first) + window_of(rate)) end
            end
        end
    end
    return soonest
end
