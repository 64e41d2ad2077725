-- What is counted for the charts (shared/store/counts.py), by tenant and by step of time: once a call, not once a job.
-- Times are counted in buckets: bucket 0 holds what took less than 1 ms, bucket n what took less than
-- 10^(n / TIMES_A_DECADE) ms, and no less than the bucket before ends with.

local tallies = {} -- by tenant, then by field
local moves = {} -- by index before and after: how many jobs have moved, and those that ran, by the time of their claim

local function tally(tenant, field, number)
    local fields = tallies[tenant] or {}
    tallies[tenant] = fields
    fields[field] = (fields[field] or 0) + (number or 1)
end

local function tally_time(tenant, what, milliseconds, number)
    local bucket = milliseconds < 1 and 0 or math.floor(math.log10(milliseconds) * TIMES_A_DECADE) + 1
    tally(tenant, what .. bucket, number)
end

-- How long claimed jobs have waited since they were due, if that is a time: one after `earliest`. Not those that waited
-- for other jobs, for whom it is longer ago.
local function tally_waits(claimed, heads, earliest, now)
    local flows, waits = redis.pcall('HMGET', FLOWS, unpack(claimed)), {}
    for n, id in ipairs(claimed) do
        local head = heads[id]
        if head.status ~= 'processing' and (head.due or 0) >= earliest and not flows[n] then
            local due = waits[head.tenant] or {} -- many came together
            waits[head.tenant] = due
            due[head.due] = (due[head.due] or 0) + 1
        end
    end
    for tenant, due in pairs(waits) do
        for time, jobs in pairs(due) do tally_time(tenant, 'wait:', now - time, jobs) end
    end
end

local function moves_of(before, after)
    local from = moves[before] or {}
    moves[before] = from
    from[after] = from[after] or { jobs = 0, did_run = string.sub(before, -11) == ':processing', claims = {} }
    return from[after]
end

-- A job has moved from one index to another; `record` is what it was before. (This is done for every job.)
local function tally_move(before, after, record)
    local move = moves_of(before, after)
    move.jobs = move.jobs + 1
    if not move.did_run then return end
    local _, last = string.find(record, '"claimedAt":', 1, true)
    local claimed_at = string.match(record, '^%d+', last + 1)
    move.claims[claimed_at] = (move.claims[claimed_at] or 0) + 1
end

local function tally_moves(after, move, now)
    local tenant, status = string.match(after, '^dmps:([^:]+):jobs:[^:]+:(%l+)$')
    if status == 'retrying' then
        tally(tenant, 'retried', move.jobs)
    elseif is_finished(status) then
        tally(tenant, status, move.jobs)
    end
    for claimed_at, jobs in pairs(move.claims) do tally_time(tenant, 'run:', now - claimed_at, jobs) end
end

local function add_up(key, kept, fields)
    for field, number in pairs(fields) do
        if redis.pcall('HINCRBY', key, field, number) == number then redis.pcall('EXPIRE', key, kept) end
    end
end

-- If the counts are another kind of key nothing is counted; the jobs go on.
local function perform_tallies(now)
    for _, from in pairs(moves) do
        for after, move in pairs(from) do tally_moves(after, move, now) end
    end
    for tenant, fields in pairs(tallies) do
        for step, kept in pairs(COUNTED) do
            add_up(counts_key(tenant, step, string.format('%.0f', math.floor(now / 1000 / step))), kept, fields)
        end
    end
    tallies, moves = {}, {}
end
