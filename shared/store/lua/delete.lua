#!lua flags=allow-oom
-- Removes finished jobs with all their traces, each only if nobody wrote it since. Their files are gone already.
-- ARGV: for each job: id, the rev it must have.
-- Returns: now, then for each job: 1 (removed), 2 (written since), 3 (a job waits for it that has not ended), or 0
-- (there is none: it was removed earlier, maybe by an earlier try of the same call).

local now = server_time()
local replies = { now }

local function take(id, rev)
    local head = read_head(id)
    if not head then return 0 end
    if head.rev ~= rev or not is_finished(head.status) then return 2 end
    if is_needed(id) then return 3 end
    forget(id, head)
    return 1
end

local ids = {}
for i = 1, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
read_families(ids)
for i = 1, #ARGV, 2 do replies[#replies + 1] = take(ARGV[i], tonumber(ARGV[i + 1])) end
perform()
perform_counts(now)
return replies
