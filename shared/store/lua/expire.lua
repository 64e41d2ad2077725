#!lua flags=allow-oom
-- Removes finished jobs whose time is over, and workers not seen for an hour, with all their traces.
-- ARGV: the most jobs to remove in one call. Returns: now, how many were removed.

local HOUR = 3600000
local now = server_time()
local due = redis.call('ZRANGE', RETENTION, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])

-- It does not stand for others any more.
local function release(id, head)
    local hash = string.match(head.text, DEDUP, head.rest)
    local key = hash and dedup_key(head.tenant, hash)
    if key and redis.call('GET', key) == id then redis.call('DEL', key) end
end

for _, id in ipairs(due) do
    local head = read_head(id)
    if head and is_finished(head.status) then
        local index = index_key(head.tenant, head.type, head.status)
        redis.call('ZREM', index, id)
        count(head.key, index, -1)
        each_tag(head, function(key) redis.call('ZREM', key, id) end)
        release(id, head)
        redis.call('DEL', JOB .. id, PROGRESS .. id, LOG .. id, ARQ_IN_PROGRESS .. id)
    end
    redis.call('ZREM', RETENTION, id)
end

perform_counts(now)
redis.call('ZREMRANGEBYSCORE', WORKERS, '-inf', now - HOUR)
return { now, #due }
