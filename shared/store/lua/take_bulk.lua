#!lua flags=allow-oom
-- Gives a process one of the bulk actions that nobody works on, the one that has waited longest.
-- ARGV: for how long it is the process's own (ms). Returns: now, then what was written of it last, if there is one.

local now = server_time()

for _, key in ipairs(redis.call('ZRANGE', BULKS, '-inf', now, 'BYSCORE', 'LIMIT', 0, 10)) do
    local text = redis.pcall('GET', key)
    if type(text) == 'string' then
        redis.call('ZADD', BULKS, now + ARGV[1], key)
        return { now, text }
    end
    redis.call('ZREM', BULKS, key)
end
return { now }
