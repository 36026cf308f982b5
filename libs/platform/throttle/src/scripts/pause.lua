-- Answers the milliseconds that the pause at KEYS[1] still lasts. Time is the server's.
local over = tonumber(redis.call('HGET', KEYS[1], 'until'))
if not over then return 0 end
local now = redis.call('TIME')
return math.max(0, over - now[1] * 1000 - math.floor(now[2] / 1000))
