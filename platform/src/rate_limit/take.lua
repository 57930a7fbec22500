-- Counts one request for every subject, or for none where one of them has no room.
-- The arithmetic is that of window.rs: whole numbers below 2^53, and no division whose remainder matters.
--
-- KEYS: one a subject.
-- ARGV: the time in milliseconds since 1970, or nothing for that of Redis; then for each subject its quota, its burst and
-- the length of its window.
-- Answers whether it was counted, the time, and then for each subject what was counted before: window, before, now.
local time = tonumber(ARGV[1])
if not time then
  local clock = redis.call('TIME')
  time = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end
local found, room = {}, true
for place, key in ipairs(KEYS) do
  local most, burst = tonumber(ARGV[3 * place - 1]), tonumber(ARGV[3 * place])
  local length = tonumber(ARGV[3 * place + 1])
  local window, left = math.floor(time / length), length - time % length
  local kept = redis.call('HMGET', key, 'window', 'before', 'now')
  local at, before, now = window, 0, 0
  if kept[1] then
    at, before, now = tonumber(kept[1]), tonumber(kept[2]), tonumber(kept[3])
    if window - at == 1 then
      at, before, now = window, now, 0
    elseif window > at or window < at - 1 then
      -- Long ago, or counted by a clock that was ahead.
      at, before, now = window, 0, 0
    end
  end
  local unused = math.max(-burst, math.min(burst, most - before))
  if before * left > (most + unused - 1 - now) * length then
    room = false
  end
  found[place] = { at, before, now, length }
end
local answer = { room and 1 or 0, time }
for place, key in ipairs(KEYS) do
  local at, before, now, length = unpack(found[place])
  if room then
    redis.call('HSET', key, 'window', at, 'before', before, 'now', now + 1)
    -- A minute more than it counts: a clock may be put back a little.
    redis.call('PEXPIRE', key, (at + 2) * length - time + 60000)
  end
  answer[#answer + 1] = at
  answer[#answer + 1] = before
  answer[#answer + 1] = now
end
return answer
