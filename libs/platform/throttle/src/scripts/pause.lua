-- Answers the milliseconds that the pause at KEYS[1] still lasts; -1 when nothing failed there. Time is
-- the server's.
local failed = redis.call('HMGET', KEYS[1], 'count', 'until')
if not failed[1] then return -1 end
local over = tonumber(failed[2])
if not over then return 0 end
local now = redis.call('TIME')
return math.max(0, over - now[1] * 1000 - math.floor(now[2] / 1000))
