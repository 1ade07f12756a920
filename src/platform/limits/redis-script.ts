/**
 * `limit_step` for each of KEYS. ARGV: the instant in ms (-1: this server's), then per key algorithm, limit, window in ms, asked, returned.
 * Answers the instant, then per key granted, at, used, before. Numbers stay below 2^53, where Lua's are exact.
 */
export const TAKE_LIMITS = `
local function text(n) return string.format('%.0f', n) end
local now = tonumber(ARGV[1])
if now < 0 then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local answer = { text(now) }
for i, key in ipairs(KEYS) do
  local a = 2 + (i - 1) * 5
  local algorithm, limit, window = ARGV[a], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local asked, returned = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
  local had = redis.call('HMGET', key, 'at', 'used', 'before')
  local at, used, before = tonumber(had[1] or now), tonumber(had[2] or 0), tonumber(had[3] or 0)
  local granted
  if algorithm == 'gcra' then
    local brim = limit * window
    local elapsed = math.min(math.max(0, now - at), window)
    used = math.max(0, math.min(used, brim) - elapsed * limit - returned * window)
    granted = math.min(asked, math.floor((brim - used) / window))
    used = used + granted * window
    at = math.max(now, at)
  else
    local present = math.max(now, at)
    if present - at >= 2 * window or (used == 0 and before == 0) then
      at, used, before = present, 0, 0
    elseif present - at >= window then
      at, used, before = at + window, 0, used
    end
    used = math.max(0, used - returned)
    local free = (limit - used) * window - before * (window - (present - at))
    granted = math.max(0, math.min(asked, math.floor(free / window)))
    used = used + granted
  end
  redis.call('HSET', key, 'at', text(at), 'used', text(used), 'before', text(before))
  redis.call('PEXPIRE', key, window * 2)
  answer[#answer + 1] = text(granted)
  answer[#answer + 1] = text(at)
  answer[#answer + 1] = text(used)
  answer[#answer + 1] = text(before)
end
return answer
`;
