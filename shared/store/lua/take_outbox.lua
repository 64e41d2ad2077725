#!lua flags=allow-oom
-- Gives a worker what stands in the outbox, the oldest first, unless another one has it. What is made twice all the
-- same does no harm: deliveries have ids of their own making.
-- ARGV: worker, how long it has them (ms), most entries; then the ids of those that it has seen to, which go.
-- Returns: now, 1 if they are its own or 0, the entries.

local worker, lease, most = ARGV[1], ARGV[2], ARGV[3]
local now = server_time()

if #ARGV > 3 then redis.pcall('XDEL', OUTBOX, unpack(ARGV, 4)) end
local holder = redis.pcall('GET', OUTBOX_HOLDER)
if type(holder) == 'string' and holder ~= worker then return { now, 0, {} } end
local entries = redis.pcall('XRANGE', OUTBOX, '-', '+', 'COUNT', most)
if entries.err or #entries == 0 then
    redis.call('DEL', OUTBOX_HOLDER)
    return { now, 1, {} }
end
redis.call('SET', OUTBOX_HOLDER, worker, 'PX', lease)
return { now, 1, entries }
