#!lua flags=allow-oom
-- Whether a request may pass, by the generic cell rate algorithm (ITU-T I.371): each takes up a step of time, and the
-- steps that were taken up may reach no further into the future than the window. A pause gives room for a burst.
-- ARGV: key, how many requests there may be in a window, the window (ms).
-- Returns: now, 1 if it may, how many more may pass now, ms until all of them may again, ms until the next one may.

local key, most, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local ROUNDING = 0.001 -- of a request: sums of steps are not exact
local now, step = server_time(), window / most

local known = redis.pcall('GET', key)
local taken = type(known) == 'string' and tonumber(known) or now
if not (taken >= now and taken <= now + window) then taken = now end -- it is over, or nonsense, or of another clock
local passes = taken + step <= now + window + step * ROUNDING
local after = passes and taken + step or taken
if passes then redis.call('SET', key, string.format('%.4f', after), 'PX', math.ceil(after - now)) end

local left = math.floor((now + window - after) / step + ROUNDING)
local until_next = left > 0 and 0 or math.ceil(after + step - now - window)
return { now, passes and 1 or 0, left, math.ceil(after - now), until_next }
