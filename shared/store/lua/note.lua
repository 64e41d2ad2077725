-- Notes who needs which file, from now on.
-- ARGV: for each: tenant, the file's id, who needs it (a job's id, or the key of a schedule).
-- Returns: now, then the ids of files that are being removed, of which nothing was noted.

local now = server_time()
local replies = { now }

for i = 1, #ARGV, 3 do
    local tenant, file = ARGV[i], ARGV[i + 1]
    if redis.call('EXISTS', going_key(tenant, file)) == 1 then
        replies[#replies + 1] = file
    else
        redis.call('ZADD', needs_key(tenant, file), now, ARGV[i + 2])
        redis.call('ZADD', NEEDED, 'NX', now, tenant .. ' ' .. file)
    end
end
return replies
