-- Hands out places in lines. KEYS[1] remembers which server this is; each further key is a line.
-- ARGV: horizon, quiet, memory, longest hold; then for each line: gap, places wanted. All in
-- microseconds. Answers three numbers for each line: 1, the wait until the first place, the gap
-- between places; or 0, the wait until it is worth asking again, the gap.
-- Time is the server's. A server that began anew does not know which places its predecessor gave
-- out, so nothing is given out until the last of those is over.
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local horizon, quiet = tonumber(ARGV[1]), tonumber(ARGV[2])
local memory, longest = tonumber(ARGV[3]), tonumber(ARGV[4])
local text = function(number) return string.format('%.0f', number) end
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local known = redis.call('HMGET', KEYS[1], 'server', 'since')
local since = tonumber(known[2])
if known[1] ~= server or not since then
  since = at
  redis.call('HSET', KEYS[1], 'server', server, 'since', text(at))
end
local earliest = math.max(at, since + quiet)
local answer = {}
for i = 2, #KEYS do
  local gap, count = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local state = redis.call('HMGET', KEYS[i], 'next', 'gap', 'gap_until')
  local held, over = tonumber(state[2]) or 0, tonumber(state[3]) or 0
  if held > gap and over > at then
    gap = held -- Somebody agreed on less a moment ago: that counts for all.
  else
    redis.call('HSET', KEYS[i], 'gap', text(gap), 'gap_until', text(at + memory))
  end
  local first = tonumber(state[1]) or 0
  if first > at + longest then first = 0 end -- another server's clock
  first = math.max(earliest, first)
  local wait = first - at
  if wait > horizon then
    answer[#answer + 1] = 0
    answer[#answer + 1] = math.ceil(wait - horizon)
  else
    redis.call('HSET', KEYS[i], 'next', text(first + gap * count))
    answer[#answer + 1] = 1
    answer[#answer + 1] = math.ceil(wait)
  end
  answer[#answer + 1] = math.ceil(gap)
  redis.call('PEXPIRE', KEYS[i], math.ceil((longest + memory) / 1000))
end
return answer
