#!lua flags=allow-oom
-- Gives a worker what stands in the outbox, the oldest first, unless another one has it. What is made twice all the
-- same does no harm: deliveries have ids of their own making.
-- ARGV: worker, how long it has them (ms), most entries, most bytes of all but the first; then the ids of those that it
-- has seen to, which go.
-- Returns: now, 1 if they are its own or 0, the entries.

local FIXED = 4
local worker, lease, most, heaviest = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local now = server_time()

local function first_of(entries)
    local taken, weight = {}, 0
    for _, entry in ipairs(entries) do
        for _, part in ipairs(entry[2]) do weight = weight + #part end
        if #taken > 0 and weight > heaviest then break end
        taken[#taken + 1] = entry
    end
    return taken
end

if #ARGV > FIXED then redis.pcall('XDEL', OUTBOX, unpack(ARGV, FIXED + 1)) end
local holder = redis.pcall('GET', OUTBOX_HOLDER)
if type(holder) == 'string' and holder ~= worker then return { now, 0, {} } end
local entries = redis.pcall('XRANGE', OUTBOX, '-', '+', 'COUNT', most)
if entries.err or #entries == 0 then
    redis.call('DEL', OUTBOX_HOLDER)
    return { now, 1, {} }
end
redis.call('SET', OUTBOX_HOLDER, worker, 'PX', lease)
return { now, 1, first_of(entries) }
