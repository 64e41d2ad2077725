-- Keeps what running jobs tell of their work, beside their records. What a lost attempt tells is not kept.
-- ARGV: most lines of a log, then for each job: id, fence, its progress or '', its checkpoint or '', the tenant, number
-- of the checkpoint's files, those, number of lines, the lines.
-- Returns: now.

local most_lines = tonumber(ARGV[1])
local i = 2

local function take()
    i = i + 1
    return ARGV[i - 1]
end

local function take_all()
    local found = {}
    for _ = 1, tonumber(take()) do found[#found + 1] = take() end
    return found
end

-- The files of a checkpoint are known as such even if that came too late: somebody must remove them.
local function note_parts(id, tenant, parts)
    for _, part in ipairs(parts) do
        local fields = gather('HSET', PARTS)
        fields[#fields + 1] = part
        fields[#fields + 1] = tenant .. ' ' .. id
    end
end

while i <= #ARGV do
    local id, fence, progress, checkpoint, tenant = take(), tonumber(take()), take(), take(), take()
    local parts, lines = take_all(), take_all()
    local head = read_head(id)
    note_parts(id, tenant, parts)
    if head and head.fence == fence then
        if checkpoint ~= '' and not is_finished(head.status) then redis.call('SET', CHECKPOINT .. id, checkpoint) end
        if progress ~= '' then
            redis.call('SET', PROGRESS .. id, progress)
            told(id, 'progress', head, progress)
        end
        for _, line in ipairs(lines) do
            redis.call('RPUSH', LOG .. id, line)
            told(id, 'log', head, cjson.encode({ message = line }))
        end
        if #lines > 0 then redis.call('LTRIM', LOG .. id, -most_lines, -1) end
    end
end
perform()
local now = server_time()
publish(now)
return now
