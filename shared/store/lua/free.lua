#!lua flags=allow-oom
-- Marks a file as going, if nothing needs it: none of those noted; nor the job that made it, until that and whoever
-- waits for it have ended; nor, of the result of a job, the record that names it.
-- ARGV: tenant, the file's id, the job that made it (or ''), 1 if it is that job's result (else 0), how long after its
-- note a job may come to be (ms), how long the mark stands (ms).
-- Returns: now, 0 (it is needed), 1 (it is free, and marked), 2 (ask again: there are more to look at).

local MOST = 500
local tenant, file, maker, is_result, grace, standing = unpack(ARGV)
local now = server_time()
local needs = needs_key(tenant, file)

local function is_needed_by_maker()
    local head = maker ~= '' and read_head(maker)
    if not head then return false end
    if not is_finished(head.status) then return true end
    if is_result == '1' then return result_file_of(maker, head) == file end
    read_families({ maker })
    return is_needed(maker)
end

local noted = redis.call('ZRANGE', needs, 0, MOST - 1, 'WITHSCORES')
for i = 1, #noted, 2 do
    if still_needs(noted[i], file, noted[i + 1], now, tonumber(grace)) then return { now, 0 } end
    redis.call('ZREM', needs, noted[i])
end
if #noted == 2 * MOST then return { now, 2 } end
if is_needed_by_maker() then return { now, 0 } end
redis.call('SET', going_key(tenant, file), 1, 'PX', standing)
redis.call('ZREM', NEEDED, tenant .. ' ' .. file)
return { now, 1 }
