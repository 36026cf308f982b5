-- Nobody gets a place in the line KEYS[1] for ARGV[1] microseconds. ARGV[2] is how long the line is
-- kept, in milliseconds. Time is the server's.
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2] + tonumber(ARGV[1])
local next = tonumber(redis.call('HGET', KEYS[1], 'next')) or 0
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', math.max(next, at)))
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
return 1
