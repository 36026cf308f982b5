-- Notes a failure at KEYS[1]. The first ARGV[1] are free; each one after doubles the pause, from
-- ARGV[2] to ARGV[3] milliseconds. ARGV[4] milliseconds without a failure forget them all.
-- Answers the pause in milliseconds.
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
local free, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local pause = 0
if count > free then
  pause = math.min(longest, first * 2 ^ math.min(30, count - free - 1))
  local now = redis.call('TIME')
  local at = now[1] * 1000 + math.floor(now[2] / 1000)
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', at + pause))
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[4]))
return pause
