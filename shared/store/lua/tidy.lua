#!lua flags=allow-oom
-- Forgets those who were noted to need files and do no more. Of each file some are looked at, by chance; where most of
-- them were to be forgotten, it is looked at again.
-- ARGV: at how many files to look, how long ago the last look was (ms), how long after its note a job may come to be
--   (ms).
-- Returns: now, at how many files it has looked.

local SOME = 100
local now = server_time()
local grace = tonumber(ARGV[3])

local function look(tenant, file)
    local needs, gone = needs_key(tenant, file), 0
    local some = redis.call('ZRANDMEMBER', needs, SOME, 'WITHSCORES')
    for i = 1, #some, 2 do
        if not still_needs(some[i], file, some[i + 1], now, grace) then
            gone = gone + redis.call('ZREM', needs, some[i])
        end
    end
    return redis.call('EXISTS', needs) == 0, 4 * gone > #some
end

local due = redis.call('ZRANGE', NEEDED, '-inf', now - ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, name in ipairs(due) do
    local tenant, file = string.match(name, '^(%S+) (%S+)$')
    local is_empty, is_stale = true, false
    if file then is_empty, is_stale = look(tenant, file) end
    if is_empty then
        redis.call('ZREM', NEEDED, name)
    elseif not is_stale then
        redis.call('ZADD', NEEDED, now, name)
    end
end
return { now, #due }
