-- Writes a subscription, unless somebody else did since: its `rev` is compared. Then notes of which events the tenant
-- has a subscription that is in force.
-- ARGV: tenant, id, the rev it must have (0: it is new), what to write (JSON, which begins with the new rev; '': it
-- goes), how many a tenant may have; then all statuses. Returns: now, 1 (written, now or by an earlier try of the same
-- call), 0 (somebody else wrote it, or it is gone), or -1 (there are as many as there may be).

local tenant, id, rev, text, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local key, index = webhook_key(tenant, id), webhooks_key(tenant)
local now = server_time()

local function write()
    if text == '' then
        redis.call('DEL', key)
        redis.call('ZREM', index, id)
    else
        redis.call('SET', key, text)
        redis.call('ZADD', index, 0, id)
    end
end

local function note(events, found)
    for _, event in ipairs(events) do
        found[#found + 1] = tenant .. ' ' .. string.sub(event, #'job.' + 1)
        found[#found + 1] = 1
    end
end

local function note_events()
    local found, statuses = {}, {}
    for _, each in ipairs(redis.call('ZRANGE', index, 0, -1)) do
        local is_json, hook = pcall(cjson.decode, redis.call('GET', webhook_key(tenant, each)) or '{}')
        if is_json and type(hook) == 'table' and hook.events and hook.disabled == nil then note(hook.events, found) end
    end
    for i = 6, #ARGV do statuses[#statuses + 1] = tenant .. ' ' .. ARGV[i] end
    redis.call('HDEL', HOOKED, unpack(statuses))
    if #found > 0 then redis.call('HSET', HOOKED, unpack(found)) end
end

local stored = redis.call('GET', key)
if stored == text then return { now, 1 } end
if not stored and rev ~= '0' then return { now, text == '' and 1 or 0 } end
if stored and string.match(stored, '^{"rev":(%d+)') ~= rev then return { now, 0 } end
if not stored and redis.call('ZCARD', index) >= most then return { now, -1 } end
write()
note_events()
return { now, 1 }
