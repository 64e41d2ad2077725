#!lua flags=allow-oom
-- Replaces records, each only if nobody wrote it since: its `rev` is compared, and nothing is decided here.
-- ARGV: arq's body of a job, then for each job:
--   id, the rev it must have, the new record, its index before and after, its queue,
--   what becomes of it: 'held' (by its worker), 'released' (from a worker to the queue), 'requeued' (it had finished),
--   'standing' (the same, and until it ends it stands for others with its key), 'ended' (it was queued, or waited for
--   its children), 'settled' (it was held),
--   a time (ms): when a queued job is due, when a finished one goes,
--   when a finished one completed (ms; else 0), 1 if somebody is to be told of its end (else 0).
-- Returns: now, then for each job: 1 (written, now or by an earlier try of the same call), the record as it is (if
-- somebody else wrote it), or 0 (there is none).

local WIDTH = 10
local now = server_time()
local replies = { now }
local has_settled
local earliest = {}
local ended_keys = {}

-- It stands for others again, unless another one does by now.
local function stand(id, record)
    local head = head_of(record)
    local hash = string.match(record, DEDUP, head.rest)
    if not hash then return end
    local key = dedup_key(head.tenant, hash)
    local holder = redis.pcall('GET', key)
    local other = type(holder) == 'string' and holder ~= id and read_head(holder)
    if other and (not is_finished(other.status) or redis.call('PTTL', key) >= 0) then return end
    redis.call('SET', key, id)
end

local function write(i, record)
    local id, before, after, queue = ARGV[i], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
    local fate, time = ARGV[i + 6], tonumber(ARGV[i + 7])
    if fate == 'standing' then
        stand(id, ARGV[i + 2])
        fate = 'requeued'
    end
    set(JOB .. id, ARGV[i + 2])
    happened(id, after, queue, ARGV[i + 1] + 1, tags_of(ARGV[i + 2]))
    if ARGV[i + 9] == '1' then call_back(ARGV[i + 2]) end
    if before ~= after then
        remove(before, id)
        add(after, 0, id)
        count(queue, before, -1)
        count(queue, after, 1)
    end
    if fate == 'held' then return end
    if fate == 'settled' then has_settled = queue end
    if fate ~= 'requeued' then delete(ARQ_IN_PROGRESS .. id) end
    if fate == 'released' or fate == 'settled' then remove(LEASES, id) end
    local is_blocked = string.sub(after, -8) == ':blocked'
    if fate == 'released' or fate == 'requeued' then
        if is_blocked then
            remove(queue, id)
            delete(ARQ_JOB .. id)
            has_begun_to_wait(id, string.match(after, '^dmps:([^:]+)'))
        else
            add(queue, time, id)
            earliest[queue] = math.min(earliest[queue] or math.huge, time)
        end
    else
        has_ended(id, after)
        remove(queue, id)
        delete(ARQ_JOB .. id)
        delete(CHECKPOINT .. id)
        add(RETENTION, time, id)
        ended_keys[after] = ended_keys[after] or ended_key(after)
        add(ended_keys[after], ARGV[i + 8], id)
    end
    if fate == 'requeued' then
        if not is_blocked then set(ARQ_JOB .. id, ARGV[1]) end
        remove(RETENTION, id)
        remove(ended_key(before), id)
        runs_again(id, string.match(after, '^dmps:([^:]+)'))
    elseif fate ~= 'settled' then -- what is settled was claimed; if it waits aside all the same, a claim will see to it
        remove(parked_key(queue, head_of(record).type), id)
    end
end

local keys = {}
for i = 2, #ARGV, WIDTH do keys[#keys + 1] = JOB .. ARGV[i] end
local stored = redis.call('MGET', unpack(keys))

for n, record in ipairs(stored) do
    local i = 2 + (n - 1) * WIDTH
    if not record then
        replies[n + 1] = 0
    elseif record == ARGV[i + 2] then
        replies[n + 1] = 1
    elseif string.match(record, '^{"rev":(%d+)') == ARGV[i + 1] then
        write(i, record)
        replies[n + 1] = 1
    else
        replies[n + 1] = record
    end
end

perform()
release_all(now, ARGV[1], earliest)
perform_counts(now, 'out')
publish(now)
if has_settled and redis.call('EXISTS', ASIDE) == 1 then earliest[has_settled] = now end -- a limit may let one more in
ring_if_due(earliest, now)
return replies
