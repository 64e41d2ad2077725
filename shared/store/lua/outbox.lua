-- What webhooks are to tell of, left where a worker finds it (worker_service/webhooks/outbox.py), in the step in which
-- it happens. Where there is no subscription, that is one look a call; without callbacks, nothing is written.

local MOST_TOLD, HEAVIEST_TOLD = 100, 1048576 -- events, or records, and bytes of these, in an entry

local heeded = {} -- 'TENANT STATUS' of what happened in this call
local ended = {} -- records of jobs whose end is to be told to their callers

local function heed(tenant, type, status)
    if type ~= DELIVERY then heeded[#heeded + 1] = tenant .. ' ' .. status end
end

local function call_back(record)
    ended[#ended + 1] = record
end

-- Of these events, those of which there is a subscription.
local function subscribed(events)
    local counts = #heeded > 0 and redis.pcall('HMGET', HOOKED, unpack(heeded)) or {}
    local wanted, found = {}, {}
    for n, kind in ipairs(heeded) do wanted[kind] = counts[n] or nil end
    if next(wanted) == nil then return found end
    for _, event in ipairs(events) do
        local status, type, tenant = string.match(event, '^%["[^"]*","(%l+)","([^"]+)","([^"]+)"')
        if type ~= DELIVERY and wanted[tenant .. ' ' .. status] then found[#found + 1] = event end
    end
    return found
end

local function leave(now, ...)
    redis.pcall('XADD', OUTBOX, '*', 'at', string.format('%.0f', now), ...)
end

-- No entry holds much, whatever one call did: a worker reads and tells an entry at a time.
local function leave_ended(now)
    local entry, weight = {}, 0
    for n, record in ipairs(ended) do
        if #entry == 2 * MOST_TOLD or (#entry > 0 and weight + #record > HEAVIEST_TOLD) then
            leave(now, unpack(entry))
            entry, weight = {}, 0
        end
        entry[#entry + 1] = 'record' .. n
        entry[#entry + 1] = record
        weight = weight + #record
    end
    if #entry > 0 then leave(now, unpack(entry)) end
end

local function post(events, now)
    local found = subscribed(events)
    if #found == 0 and #ended == 0 then return end
    for first = 1, #found, MOST_TOLD do
        leave(now, 'events', table.concat(found, '\n', first, math.min(first + MOST_TOLD - 1, #found)))
    end
    leave_ended(now)
    redis.pcall('LPUSH', OUTBOX_BELL, 1)
    redis.pcall('LTRIM', OUTBOX_BELL, 0, 0)
    heeded, ended = {}, {}
end
