-- What webhooks are to tell of, left where a worker finds it (worker_service/webhooks/outbox.py), in the step in which
-- it happens. Where there is no subscription, that is one look a call; without callbacks, nothing is written.

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

local function post(events, now)
    local found = subscribed(events)
    if #found == 0 and #ended == 0 then return end
    local entry = { 'at', string.format('%.0f', now), 'events', table.concat(found, '\n') }
    for n, record in ipairs(ended) do
        entry[#entry + 1] = 'record' .. n
        entry[#entry + 1] = record
    end
    redis.pcall('XADD', OUTBOX, '*', unpack(entry))
    redis.pcall('LPUSH', OUTBOX_BELL, 1)
    redis.pcall('LTRIM', OUTBOX_BELL, 0, 0)
    heeded, ended = {}, {}
end
