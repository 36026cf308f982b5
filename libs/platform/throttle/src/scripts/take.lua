-- Takes ARGV[3] tokens from the bucket KEYS[1] of ARGV[1] tokens that refills ARGV[2] a second.
-- Answers {taken, tokens left, milliseconds until enough}. Time is the server's.
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local size, rate, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1]) or size
local since = math.max(0, at - (tonumber(state[2]) or at))
tokens = math.min(size, tokens + since * rate / 1000)
local taken, wait = 0, 0
if tokens >= want then
  tokens = tokens - want
  taken = 1
else
  wait = math.ceil((want - tokens) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', at)
redis.call('PEXPIRE', KEYS[1], math.ceil(size * 1000 / rate) + 1000)
return {taken, math.floor(tokens), wait}
