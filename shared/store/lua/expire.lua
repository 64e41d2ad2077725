#!lua flags=allow-oom
-- Removes finished jobs whose time is over, and workers not seen for an hour, with all their traces. A job whose result
-- is kept in a file stays until that is gone; one that another job waits for stays until that has ended.
-- ARGV: the most jobs to look at in one call, how many to pass over, then the ids of jobs whose files are gone.
-- Returns: now, how many were removed, 1 if there may be more, then for each job that stays for its file: its id,
-- tenant, the file's id.

local HOUR, NEEDED = 3600000, 10000 -- ms; until the next look at a job that is waited for
local now = server_time()
local replies = { now, 0, 0 }

local function take(id, is_freed)
    local head = read_head(id)
    if not head or not is_finished(head.status) then return remove(RETENTION, id) end
    if is_needed(id) then return add(RETENTION, now + NEEDED, id) end
    local file = not is_freed and result_file_of(id, head)
    if file then
        for _, fact in ipairs({ id, head.tenant, file }) do replies[#replies + 1] = fact end
        return
    end
    forget(id, head)
    replies[2] = replies[2] + 1
end

local function is_due(id)
    local time = redis.call('ZSCORE', RETENTION, id)
    return time and tonumber(time) <= now
end

local freed = { unpack(ARGV, 3) }
read_families(freed)
for _, id in ipairs(freed) do
    if is_due(id) then take(id, true) end
end
perform()
local due = redis.call('ZRANGE', RETENTION, '-inf', now, 'BYSCORE', 'LIMIT', ARGV[2], ARGV[1])
read_families(due)
for _, id in ipairs(due) do take(id, false) end
replies[3] = #due == tonumber(ARGV[1]) and 1 or 0

perform()
perform_counts(now)
redis.call('ZREMRANGEBYSCORE', WORKERS, '-inf', now - HOUR)
return replies
