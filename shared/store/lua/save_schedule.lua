-- Writes a schedule, what became of its ticks, and their jobs, unless somebody wrote the schedule since: its `rev` is
-- compared.
-- ARGV: its id, its tenant's index of schedules, the rev it must have (0: it is new), the new record (JSON, which
-- begins with the new rev; '': it goes), when there is something to do for it (ms; 0: never), how many entries there
-- are of its history, those, the oldest first, and then what submit.lua takes, if there are jobs.
-- Returns: now, 1 (written, now or by an earlier try of the same call) or 0.

local FIXED = 6
local id, index, rev, record, due, entries = unpack(ARGV, 1, FIXED)
local now = server_time()
local key, history = SCHEDULE .. id, TICKS .. id
local stored = redis.call('GET', key)

if (stored or '') == record then return { now, 1 } end
if stored and string.match(stored, '^{"rev":(%d+)') ~= rev then return { now, 0 } end
if not stored and rev ~= '0' then return { now, 0 } end

if record == '' then
    redis.call('DEL', key, history)
    redis.call('ZREM', SCHEDULES, id)
    redis.call('ZREM', index, id)
    return { now, 1 }
end

local last = FIXED + tonumber(entries)
if #ARGV > last then submit({ unpack(ARGV, last + 1) }) end -- first of all: if it fails, the ticks are still due
redis.call('SET', key, record)
redis.call('ZADD', index, 0, id)
if due == '0' then redis.call('ZREM', SCHEDULES, id) else redis.call('ZADD', SCHEDULES, due, id) end
if last > FIXED then
    redis.call('LPUSH', history, unpack(ARGV, FIXED + 1, last))
    redis.call('LTRIM', history, 0, KEPT_TICKS - 1)
end
return { now, 1 }
