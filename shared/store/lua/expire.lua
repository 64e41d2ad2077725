#!lua flags=allow-oom
-- Removes finished jobs whose time is over, and workers not seen for an hour, with all their traces.
-- ARGV: the most jobs to remove in one call. Returns: now, how many were removed.

local HOUR = 3600000
local now = server_time()
local due = redis.call('ZRANGE', RETENTION, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])

for _, id in ipairs(due) do
    local head = read_head(id)
    if head and is_finished(head.status) then
        redis.call('ZREM', index_key(head.tenant, head.type, head.status), id)
        each_tag(head, function(key) redis.call('ZREM', key, id) end)
        redis.call('DEL', JOB .. id, PROGRESS .. id, LOG .. id, ARQ_IN_PROGRESS .. id)
    end
    redis.call('ZREM', RETENTION, id)
end

redis.call('ZREMRANGEBYSCORE', WORKERS, '-inf', now - HOUR)
return { now, #due }
