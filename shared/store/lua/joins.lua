-- How new jobs are joined to those that wait for them, and to those that they wait for. A job comes before its parent.

local UNBORN = 86400 -- seconds that is kept what a job waits for that has yet to come

local parents = {} -- of jobs that were written in this call, to their tenants
local keys_of = {} -- by a parent, of its children, and of those that it waits for
local said = {} -- of a job's family, taken apart: thousands say the same

local function adopt(tenant, parent, child)
    local keys = keys_of[parent] or { children = children_key(tenant, parent), waits = waits_key(tenant, parent) }
    keys_of[parent] = keys
    add(keys.children, 0, child)
    local waits = gather('SADD', keys.waits)
    waits[#waits + 1] = child
end

-- A job that was there before is waited for, unless it has ended. One that is gone is as one that failed.
local function depend(id, tenant, other)
    local head = read_head(other)
    if head and head.tenant ~= tenant then head = nil end
    if head and not is_finished(head.status) then
        adopt(tenant, id, other)
    else
        add(children_key(tenant, id), 0, other)
    end
    if not head then return end
    local known = redis.pcall('HGET', PARENTS, other)
    redis.pcall('HSET', PARENTS, other, type(known) == 'string' and known .. ' ' .. id or id)
end

-- `flow`: what the job does if one fails that it waits for (else nothing), its parent, what it depends on.
local function join(id, tenant, flow)
    local parts = said[flow] or { string.match(flow, '^(%l*);([^;]*);(.*)$') }
    said[flow] = parts
    local policy, parent, others = parts[1], parts[2], parts[3]
    if parent ~= '' then
        adopt(tenant, parent, id)
        local fields = gather('HSET', PARENTS)
        fields[#fields + 1] = id
        fields[#fields + 1] = parent
        parents[parent] = tenant
    end
    if policy == '' then return end
    for other in string.gmatch(others, '%S+') do depend(id, tenant, other) end
    redis.call('HSET', FLOWS, id, policy)
    has_begun_to_wait(id, tenant)
    parents[id] = tenant
end

-- What waits for jobs stays as long as its record; but if that is never written, not for ever.
local function keep_joins()
    for parent, tenant in pairs(parents) do
        local is_there = redis.call('EXISTS', JOB .. parent) == 1
        for _, key in ipairs({ children_key(tenant, parent), waits_key(tenant, parent) }) do
            if is_there then redis.call('PERSIST', key) else redis.call('EXPIRE', key, UNBORN) end
        end
    end
end
