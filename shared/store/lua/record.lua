-- What every script knows of a record: its head, and the time. See shared/job.py.

local HEAD = '^{"rev":(%d+),"fence":(%d+),"status":"(%l+)","type":"([^"]+)","tenant":"([^"]+)",'
    .. '"claimedAt":(%d+),"worker":"([^"]*)","tags":%[([^%]]*)%]()'
local LONGEST_HEAD = 4096 -- twenty tags of 64 characters, and the rest

local function server_time()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function head_of(record)
    local rev, fence, status, type, tenant, claimed_at, worker, tags, rest = string.match(record, HEAD)
    return {
        rev = tonumber(rev), fence = tonumber(fence), status = status, type = type, tenant = tenant,
        claimed_at = tonumber(claimed_at), worker = worker, tags = tags, rest = rest,
    }
end

local function read_head(id)
    local record = redis.call('GETRANGE', JOB .. id, 0, LONGEST_HEAD)
    return record ~= '' and head_of(record) or nil
end

local function with_head(record, head)
    return string.format(
        '{"rev":%d,"fence":%d,"status":"%s","type":"%s","tenant":"%s","claimedAt":%.0f,"worker":"%s","tags":[%s]',
        head.rev, head.fence, head.status, head.type, head.tenant, head.claimed_at, head.worker, head.tags
    ) .. string.sub(record, head.rest)
end

local function is_finished(status)
    return status == 'completed' or status == 'failed' or status == 'cancelled'
end

local function is_queued(status)
    return status == 'pending' or status == 'scheduled' or status == 'retrying'
end

local function each_tag(head, command)
    for tag in string.gmatch(head.tags, '"([^"]+)"') do
        command(tag_key(head.tenant, tag))
    end
end

-- Idle workers look again after a second at the latest; only a job due before then must wake one.
local BELL_HORIZON = 1000
local MOST_RINGS = 64

local function ring_if_due(due, now)
    if due < now + BELL_HORIZON then
        redis.call('LPUSH', BELL, 1)
        redis.call('LTRIM', BELL, 0, MOST_RINGS - 1)
    end
end
