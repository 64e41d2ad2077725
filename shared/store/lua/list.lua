#!lua flags=no-writes
-- One step of a page of jobs: some indexes, merged in the order of (score, id), and what of them fits.
-- ARGV: a question, in JSON (shared/store/walk.py).
-- Returns: now, 1 if nothing is left behind the last id that was looked at, the score and the id of that (0 and '' if
-- there was none), then for each job that fits: its score (if asked for: when it completed, 0 if it has not), its id.

local PIECE = 50 -- members of an index that are read at a time
local MOST_COMPARISONS = 20000
local LONGEST_HEAD = 512 -- up to the queue
local HEAD = '"status":"(%l+)","type":"([^"]+)","tenant":"([^"]+)","queue":"([^"]+)"'

local now = server_time()
local question = cjson.decode(ARGV[1])
local is_ascending = question.order == 'asc'

local function set_of(values)
    if #values == 0 then return nil end
    local found = {}
    for _, value in ipairs(values) do found[value] = true end
    return found
end

local statuses, types, queues = set_of(question.statuses), set_of(question.types), set_of(question.queues)
local wants_time = question.time and not question.byScore
local needs_head = statuses or types or queues or wants_time

local function counted(...)
    local reply = redis.pcall(...)
    return type(reply) == 'number' and reply or 0 -- an index that is another kind of key lists nothing
end

-- How many members of an index stand before a place. All scores are 0 where an index is not in order of scores.
local function rank(key, place)
    local score, id = place[1], place[2]
    if score == '-inf' then return 0 end
    if score == '+inf' then return counted('ZCARD', key) end
    if not question.byScore then return counted('ZLEXCOUNT', key, '-', '(' .. id) end
    local low = counted('ZCOUNT', key, '-inf', '(' .. score)
    if id == '' then return low end
    local high = low + counted('ZCOUNT', key, score, score)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if redis.call('ZRANGE', key, middle, middle)[1] < id then low = middle + 1 else high = middle end
    end
    return low
end

-- An index is read piece by piece: `at` is where its next member stands in the piece.
local function turn_to_next(index)
    index.at = index.at + (is_ascending and 2 or -2)
    if not index.piece or not index.piece[index.at] then
        if index.first > index.last then return false end
        local from, to = index.first, math.min(index.first + PIECE - 1, index.last)
        if not is_ascending then from, to = math.max(index.last - PIECE + 1, index.first), index.last end
        index.piece = redis.call('ZRANGE', index.key, from, to, 'WITHSCORES')
        index.at = is_ascending and 1 or #index.piece - 1
        if is_ascending then index.first = to + 1 else index.last = from - 1 end
    end
    index.id, index.score = index.piece[index.at], tonumber(index.piece[index.at + 1])
    return true
end

local function opened()
    local indexes = {}
    for _, key in ipairs(question.keys) do
        local index = { key = key, first = rank(key, question.low), last = rank(key, question.high) - 1, at = 0 }
        if turn_to_next(index) then indexes[#indexes + 1] = index end
    end
    return indexes
end

local function is_before(one, other)
    if one.score ~= other.score then return (one.score < other.score) == is_ascending end
    return (one.id < other.id) == is_ascending
end

-- Which of the indexes has the next member.
local function next_of(indexes)
    local best = 1
    for i = 2, #indexes do
        if is_before(indexes[i], indexes[best]) then best = i end
    end
    return best
end

local function is_within(id)
    if id < question.ids[1] or id >= question.ids[2] then return false end
    for _, key in ipairs(question.within) do
        if not redis.pcall('ZSCORE', key, id) then return false end
    end
    return true
end

-- When a job completed, if that fits; 0 for one that has not.
local function time_of(id, tenant, type, status)
    local time = is_finished(status) and redis.pcall('ZSCORE', ended_key(index_key(tenant, type, status)), id)
    time = tonumber(time or 0)
    local from, to = tonumber(question.time[1]), tonumber(question.time[2])
    return time >= from and time < to and time
end

-- The score of a job that fits.
local function fitting(id, score)
    if not is_within(id) then return false end
    if not needs_head then return score end
    local head = redis.pcall('GETRANGE', JOB .. id, 0, LONGEST_HEAD)
    if type(head) ~= 'string' then return false end
    local status, job_type, tenant, queue = string.match(head, HEAD)
    if not status or (statuses and not statuses[status]) or (types and not types[job_type]) then return false end
    if queues and not queues[queue] then return false end
    return wants_time and time_of(id, tenant, job_type, status) or not wants_time and score
end

local indexes = opened()
local replies = { now, 1, '0', '' }
local looks = math.max(PIECE, math.min(question.looks, math.floor(MOST_COMPARISONS / math.max(1, #indexes))))

for _ = 1, looks do
    if #indexes == 0 or #replies >= 4 + 2 * question.wanted then break end
    local i = next_of(indexes)
    local id, score = indexes[i].id, indexes[i].score
    replies[3], replies[4] = string.format('%.0f', score), id
    local fit = fitting(id, score)
    if fit then
        replies[#replies + 1] = string.format('%.0f', fit)
        replies[#replies + 1] = id
    end
    if not turn_to_next(indexes[i]) then table.remove(indexes, i) end
end
replies[2] = #indexes == 0 and 1 or 0
return replies
