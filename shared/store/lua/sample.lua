-- Writes down for the charts how many jobs of some tenants may run now, and since when the oldest of them has been due.
-- ARGV: tenants. Returns: now.

local DUE = '^,"id":"[^"]*","createdAt":%d+,"runAt":(%d+)' -- where the head ends (shared/job.py)
local now = server_time()

-- When the oldest job of an index was due. Of the oldest one: an index is in order of the times of submission.
local function first_due(index)
    local id = redis.pcall('ZRANGE', index, 0, 0)[1]
    local head = id and read_head(id)
    return head and head.rest and tonumber(string.match(head.text, DUE, head.rest)) or now
end

local function sample(tenant)
    local depth, oldest = 0, now
    for _, name in ipairs(redis.pcall('SMEMBERS', types_key(tenant))) do
        local index = index_key(tenant, name, 'pending')
        local jobs = redis.pcall('ZCARD', index)
        if type(jobs) == 'number' and jobs > 0 then
            depth = depth + jobs
            oldest = math.min(oldest, first_due(index))
        end
    end
    return string.format('%d %.0f', depth, now - oldest)
end

local function sample_all()
    local fields = { SAMPLED, '1' }
    for _, tenant in ipairs(ARGV) do
        local found = sample(tenant)
        if found ~= '0 0' then
            fields[#fields + 1] = tenant
            fields[#fields + 1] = found
        end
    end
    return fields
end

local fields = sample_all()
for step, kept in pairs(COUNTED) do
    local key = samples_key(step, string.format('%.0f', math.floor(now / 1000 / step)))
    redis.pcall('HSET', key, unpack(fields))
    redis.pcall('EXPIRE', key, kept)
end
return now
