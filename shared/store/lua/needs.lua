-- Whether one that was noted to need a file still does: a schedule as long as it names the file, a job until it has
-- ended. One that is not there may yet come.
local function still_needs(holder, file, noted, now, grace)
    if string.sub(holder, 1, #SCHEDULE) == SCHEDULE then
        local record = redis.pcall('GET', holder)
        if type(record) == 'string' then return string.find(record, file, 1, true) ~= nil end
    else
        local head = read_head(holder)
        if head then return not is_finished(head.status) end
    end
    return tonumber(noted) > now - grace
end
