-- Keeps what running jobs tell of their work, beside their records. What a lost attempt tells is not kept.
-- ARGV: most lines of a log, then for each job: id, fence, its progress or '', number of lines, the lines.
-- Returns: now.

local most_lines = tonumber(ARGV[1])
local i = 2

while i <= #ARGV do
    local id, fence, progress, lines = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], tonumber(ARGV[i + 3])
    local head = read_head(id)
    if head and head.fence == fence then
        if progress ~= '' then
            redis.call('SET', PROGRESS .. id, progress)
            told(id, 'progress', head, progress)
        end
        for line = i + 4, i + 3 + lines do
            redis.call('RPUSH', LOG .. id, ARGV[line])
            told(id, 'log', head, cjson.encode({ message = ARGV[line] }))
        end
        if lines > 0 then redis.call('LTRIM', LOG .. id, -most_lines, -1) end
    end
    i = i + 4 + lines
end
local now = server_time()
publish(now)
return now
