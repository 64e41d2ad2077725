#!lua flags=allow-oom
-- Writes how far a bulk action is, unless somebody else did since: its `rev` is compared.
-- ARGV: its key, the rev it must have (0: it is new), what to write (JSON, which begins with the new rev), how long
-- that is kept (ms), for how long it is still its holder's (ms; -1: it has ended).
-- Returns: now, 1 (written, now or by an earlier try of the same call) or 0.

local key, rev, text, kept, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local now = server_time()
local stored = redis.call('GET', key)

if stored and stored ~= text and string.match(stored, '^{"rev":(%d+)') ~= rev then return { now, 0 } end
if not stored and rev ~= '0' then return { now, 0 } end
redis.call('SET', key, text, 'PX', kept)
if lease < 0 then
    redis.call('ZREM', BULKS, key)
else
    redis.call('ZADD', BULKS, now + lease, key)
end
return { now, 1 }
