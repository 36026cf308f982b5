-- Takes ARGV[1] tokens from each bucket KEYS[i] of ARGV[2i] tokens that refills ARGV[2i+1] a
-- second: from all or, when one has too few, from none.
-- Answers {index of the one that has too few or 0, then per bucket: tokens left, milliseconds}:
-- until enough for the one that refuses, else until full. Time is the server's.
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local want = tonumber(ARGV[1])
local tokens, refused = {}, 0
for i, key in ipairs(KEYS) do
  local size, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local state = redis.call('HMGET', key, 'tokens', 'at')
  local held = tonumber(state[1]) or size
  local since = math.max(0, at - (tonumber(state[2]) or at))
  tokens[i] = math.min(size, held + since * rate / 1000)
  if refused == 0 and tokens[i] < want then refused = i end
end
local answer = {refused}
for i, key in ipairs(KEYS) do
  local size, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  if refused == 0 then
    tokens[i] = tokens[i] - want
    redis.call('HSET', key, 'tokens', tostring(tokens[i]), 'at', at)
    redis.call('PEXPIRE', key, math.ceil(size * 1000 / rate) + 1000)
  end
  local missing = refused == i and want - tokens[i] or size - tokens[i]
  answer[2 * i] = math.floor(tokens[i])
  answer[2 * i + 1] = math.ceil(missing * 1000 / rate)
end
return answer
