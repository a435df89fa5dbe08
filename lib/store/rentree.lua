#!lua name=rentree
-- The queue, the limits and the lock. See queue.h, limiter.h and lock.h.
--
-- Below the prefix ("rentree:"):
-- in:<lane>   list of envelopes, as the web process pushed them
-- due:<lane>  sorted set of ids by the moment (ms) they are due: later(), or
--             the end of a lease
-- req         hash, two fields an id: <id>   what we note, see read_note()
--                                    <id>:e the envelope
-- age         sorted set of the ids in due, by the moment they came in
-- held        set of ids whose last lease has had no result yet
-- dead        sorted set of ids given up, by the moment of it
-- done:<id>   the attempt that finished it, for a while
-- stats       hash of counters: what was dropped, and why
-- cap:<name>  a used captcha: the id of the request it let in, or "used"
-- lim:<name>  GCRA: the theoretical arrival time (ms)
-- lim:waiting how many are in due:mail, and
-- lim:since   when in:mail was last empty: here because the web may read and
--             write these
-- lim:answered  "<answered captchas, fading>|<ms of the last>": one key for
--             all; a name that no limit has (post.c has "pace")
-- lock:<uuid> its owner
-- quota:<name> sorted set: what somebody did, by the moment (ms). Not below lim,
--             which the web may write
--
-- Keys are built here and not declared: an FCALL that names them would need
-- one ACL selector for all of them, and the web's login has several. So this
-- needs one Redis, not a cluster.
--
-- Every function may run twice with the same effect as once: an answer can be
-- lost on its way.

local DONE_S = 25 * 3600      -- as QUEUE_DONE_S of queue.h
local SORT_MAX = 64           -- elements of a list moved in one go
local FIND_MAX = 16           -- such goes in search of an id
local DEAD_MS = 30 * 24 * 3600 * 1000 -- nobody came for it
local PACE_HALF_MS = 60000    -- as QUEUE_PACE_HALF_S of queue.h
local LANES = { 'mail', 'bulk' }

local function now_ms()
	local time = redis.call('TIME')
	return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Lua writes large numbers as 1.7e+12; Redis wants digits.
local function digits(number)
	return string.format('%.0f', number)
end

-- --- limits ----------------------------------------------------------------

-- Checks stand in args from first on as name, burst, period (ms). Walks those
-- numbered from..to and stops at the first refusal: its number and the ms until
-- it would pass. What stood before it has been counted, but for checks of its
-- own class ("a64-0" and "a48-0" are of one): else each /64 of a /48 that is
-- refused would leave a key behind.
local function count(base, args, first, from, to, now)
	local class, counted = nil, {}
	local function keep()
		for _, one in ipairs(counted) do
			redis.call('SET', one.key, digits(one.arrival), 'PX',
			    digits(one.arrival - now))
		end
		counted = {}
	end

	for i = from, to do
		local at = first + 3 * (i - 1)
		if string.match(args[at], '^%l+') ~= class then
			keep()
			class = string.match(args[at], '^%l+')
		end
		local key = base .. 'lim:' .. args[at]
		local burst, period = tonumber(args[at + 1]),
		    tonumber(args[at + 2])
		local step = math.max(1, math.ceil(period / burst))
		local arrival = tonumber(redis.call('GET', key)) or now
		if arrival < now then
			arrival = now
		end
		local wait = arrival + step - now - step * burst
		if wait > 0 then
			return i, wait
		end
		counted[#counted + 1] = { key = key, arrival = arrival + step }
	end
	keep()
	return nil
end

-- ARGV base, then checks. Answers { 0 } or { 1, which, ms }.
local function limit(_, args)
	local which, wait = count(args[1], args, 2, 1, (#args - 1) / 3,
	    now_ms())
	if which then
		return { 1, which, wait }
	end
	return { 0 }
end

-- --- quota -----------------------------------------------------------------

-- ARGV base, name, max, period (ms), id. No more than max ids in any period;
-- the same id again counts once. Answers { 1, how many } or { 0, how many, ms
-- until one more may }.
local function quota(_, args)
	local key, now = args[1] .. 'quota:' .. args[2], now_ms()
	local max, period = tonumber(args[3]), tonumber(args[4])
	redis.call('ZREMRANGEBYSCORE', key, '-inf', digits(now - period))
	local used = redis.call('ZCARD', key)
	if redis.call('ZSCORE', key, args[5]) then
		return { 1, used }
	end
	if used >= max then
		local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
		return { 0, used, tonumber(first[2]) + period - now }
	end
	redis.call('ZADD', key, digits(now), args[5])
	redis.call('PEXPIRE', key, digits(period))
	return { 1, used + 1 }
end

-- --- pace ------------------------------------------------------------------

-- How many answered captchas were let through lately, each counting half after
-- PACE_HALF_MS. Made-up or wrong answers count for nothing: else anybody could
-- make the calculation dear for all.
local function faded(base, now)
	local text = redis.call('GET', base .. 'lim:answered') or ''
	local count, at = string.match(text, '^([%d.]+)|(%d+)$')
	if not count then
		return 0
	end
	local age = math.max(0, now - tonumber(at))
	return tonumber(count) * 0.5 ^ (age / PACE_HALF_MS)
end

local function keep_pace(base, now)
	redis.call('SET', base .. 'lim:answered', string.format('%.3f|%.0f',
	    faded(base, now) + 1, now), 'PX', 20 * PACE_HALF_MS)
end

-- ARGV base. Answers how many a minute.
local function pace(_, args)
	return math.floor(faded(args[1], now_ms()) * math.log(2) *
	    60000 / PACE_HALF_MS)
end

-- --- admit -----------------------------------------------------------------

-- As enum admit_result of queue.h.
local DONE, CAPTCHA, LIMITED, FULL = 0, 1, 2, 3

-- False when as many wait as may.
local function push(base, cap, envelope, now)
	local list = base .. 'in:mail'
	local sorted = tonumber(redis.call('GET', base .. 'lim:waiting')) or 0
	local fresh = redis.call('LLEN', list)
	if fresh + sorted >= tonumber(cap) then
		return false
	end
	if fresh == 0 then
		redis.call('SET', base .. 'lim:since', digits(now))
	end
	redis.call('RPUSH', list, envelope)
	return true
end

-- ARGV base, captcha name ('' = none), its life (s), 1 when solved, number of
-- address checks, cap, id, envelope, then checks, those of the address first.
-- A refused address leaves no key behind; after that a captcha is used up
-- whatever becomes of it, but for a full queue, which is not its fault. An
-- empty envelope queues nothing: captcha and limits alone are wanted.
local function admit(_, args)
	local base, name, life = args[1], args[2], args[3]
	local addresses, id, now = tonumber(args[5]), args[7], now_ms()
	local captcha = name ~= '' and base .. 'cap:' .. name
	local holder = captcha and redis.call('GET', captcha)
	local solved = args[4] == '1'

	local function use_up(value)
		if captcha and not holder then
			redis.call('SET', captcha, value, 'EX', life)
		end
	end

	if solved and holder == id then
		return { DONE }
	end
	local which, wait = count(base, args, 9, 1, addresses, now)
	if which then
		return { LIMITED, which, wait }
	end
	if holder or not solved then
		use_up('used')
		return { CAPTCHA }
	end
	if captcha then
		keep_pace(base, now)
	end
	which, wait = count(base, args, 9, addresses + 1, (#args - 8) / 3, now)
	if which then
		use_up('used')
		return { LIMITED, which, wait }
	end
	if args[8] ~= '' and not push(base, args[6], args[8], now) then
		return { FULL }
	end
	use_up(id)
	return { DONE }
end

-- --- notes -----------------------------------------------------------------

-- What we note of a request: attempts so far, leases lost in a row, its lane,
-- and when it came in (ms).
local function read_note(base, id)
	local text = redis.call('HGET', base .. 'req', id)
	if not text then
		return nil
	end
	local attempt, losses, lane, since =
	    string.match(text, '^(%d+)|(%d+)|(%l+)|(%d+)$')
	return { attempt = tonumber(attempt), losses = tonumber(losses),
		lane = lane, since = tonumber(since) }
end

local function write_note(base, id, note)
	redis.call('HSET', base .. 'req', id, string.format('%d|%d|%s|%s',
	    note.attempt, note.losses, note.lane, digits(note.since)))
end

local function is_known(base, id)
	return redis.call('HEXISTS', base .. 'req', id) == 1 or
	    redis.call('EXISTS', base .. 'done:' .. id) == 1
end

local function schedule(base, id, note, due)
	redis.call('ZREM', base .. 'dead', id)
	redis.call('ZADD', base .. 'age', digits(note.since), id)
	redis.call('ZADD', base .. 'due:' .. note.lane, digits(due), id)
end

local function add(base, lane, id, envelope, now, due)
	local note = { attempt = 0, losses = 0, lane = lane, since = now }
	write_note(base, id, note)
	redis.call('HSET', base .. 'req', id .. ':e', envelope)
	schedule(base, id, note, due)
end

local function tell_waiting(base)
	local key = base .. 'lim:waiting'
	local waiting = tostring(redis.call('ZCARD', base .. 'due:mail'))
	if redis.call('GET', key) ~= waiting then
		redis.call('SET', key, waiting)
	end
end

local function forget(base, id, lane)
	redis.call('HDEL', base .. 'req', id, id .. ':e')
	redis.call('ZREM', base .. 'due:' .. lane, id)
	redis.call('ZREM', base .. 'age', id)
	redis.call('ZREM', base .. 'dead', id)
	redis.call('SREM', base .. 'held', id)
	tell_waiting(base)
end

-- --- take ------------------------------------------------------------------

-- 1|<kid>|<id>|<sealed>; whatever else somebody pushed is no request.
local function id_of(envelope)
	local kid, id = string.match(envelope, '^1|([%w._-]+)|([0-9a-f]+)|.')
	if id and #id == 32 and #kid <= 16 then
		return id
	end
	return nil
end

local function drop_fresh(base, why)
	redis.call('HINCRBY', base .. 'stats', 'dropped-' .. why, 1)
end

-- Gives what is new in the list a moment of its own within jitter (ms).
local function sort(base, lane, jitter, now)
	local fresh = redis.call('LPOP', base .. 'in:' .. lane, SORT_MAX)
	for _, envelope in ipairs(fresh or {}) do
		local id = id_of(envelope)
		if not id then
			drop_fresh(base, 'shapeless')
		elseif is_known(base, id) then
			drop_fresh(base, 'known')
		else
			add(base, lane, id, envelope, now,
			    now + math.random(0, jitter))
		end
	end
end

local function bury(base, id, lane, now)
	redis.call('ZREM', base .. 'due:' .. lane, id)
	redis.call('ZREM', base .. 'age', id)
	redis.call('SREM', base .. 'held', id)
	redis.call('ZADD', base .. 'dead', digits(now), id)
end

-- One a call keeps pace: no call buries more than one that is picked.
local function forget_old_dead(base, now)
	local id = redis.call('ZRANGE', base .. 'dead', '-inf',
	    digits(now - DEAD_MS), 'BYSCORE', 'LIMIT', 0, 1)[1]
	local note = id and read_note(base, id)
	if note then
		forget(base, id, note.lane)
	elseif id then
		redis.call('ZREM', base .. 'dead', id)
	end
end

-- The oldest that is due and may still be tried.
local function pick(base, lane, losses_max, now)
	local due = base .. 'due:' .. lane
	for _ = 1, SORT_MAX do
		local id = redis.call('ZRANGE', due, '-inf', digits(now),
		    'BYSCORE', 'LIMIT', 0, 1)[1]
		local note = id and read_note(base, id)
		if not id then
			return nil
		elseif not note then
			redis.call('ZREM', due, id)
		elseif note.losses >= losses_max then
			bury(base, id, lane, now)
		else
			return id, note
		end
	end
	return nil
end

-- ARGV base, lane, lease (ms), jitter (ms), seed, how many losses in a row are
-- too many. Answers { id, attempt, envelope }, or nothing.
local function take(_, args)
	local base, lane, now = args[1], args[2], now_ms()
	-- Redis seeds the generator alike at every start.
	math.randomseed(tonumber(args[5]))
	sort(base, lane, tonumber(args[4]), now)
	forget_old_dead(base, now)
	local id, note = pick(base, lane, tonumber(args[6]), now)
	tell_waiting(base)
	if not id then
		return nil
	end
	note.attempt = note.attempt + 1
	note.losses = note.losses + 1
	write_note(base, id, note)
	redis.call('SADD', base .. 'held', id)
	redis.call('ZADD', base .. 'due:' .. lane,
	    digits(now + tonumber(args[3])), id)
	return { id, note.attempt, redis.call('HGET', base .. 'req',
	    id .. ':e') }
end

-- --- after it was taken ----------------------------------------------------

-- The note, when this attempt is the last that took it. That it was buried
-- meanwhile does not matter: a slow attempt still has a result.
local function fenced(base, id, attempt)
	local note = read_note(base, id)
	if note and note.attempt == tonumber(attempt) then
		return note
	end
	return nil
end

-- ARGV base, id, attempt, delay (ms)
local function later(_, args)
	local base, id = args[1], args[2]
	local note = fenced(base, id, args[3])
	if not note then
		return 0
	end
	note.losses = 0
	write_note(base, id, note)
	redis.call('SREM', base .. 'held', id)
	schedule(base, id, note, now_ms() + tonumber(args[4]))
	return 1
end

-- ARGV base, id, attempt
local function finish(_, args)
	local base, id, attempt = args[1], args[2], args[3]
	local done = base .. 'done:' .. id
	local note = fenced(base, id, attempt)
	if not note then
		return redis.call('GET', done) == attempt and 1 or 0
	end
	forget(base, id, note.lane)
	redis.call('SET', done, attempt, 'EX', DONE_S)
	return 1
end

-- ARGV base, lane, id, envelope, delay (ms)
local function put(_, args)
	local base, id, now = args[1], args[3], now_ms()
	if is_known(base, id) then
		return 0
	end
	add(base, args[2], id, args[4], now, now + tonumber(args[5]))
	tell_waiting(base)
	return 1
end

-- ARGV base, lane, id. A lease is left alone: somebody is at it. Answers 0 when
-- it waits no more.
local function hurry(_, args)
	local base, lane, id = args[1], args[2], args[3]
	if redis.call('SISMEMBER', base .. 'held', id) == 1 then
		return 1
	end
	redis.call('ZADD', base .. 'due:' .. lane, 'XX', 'LT',
	    digits(now_ms()), id)
	return redis.call('ZSCORE', base .. 'due:' .. lane, id) and 1 or 0
end

-- --- for the operator ------------------------------------------------------

-- Answers { mail, bulk, held, dead, age of the oldest (ms) }
-- Since when the oldest of each lane waits. The first are looked at; what is
-- not among them came later than the last of these.
local OLDEST_LOOKED = 500

local function oldest_by_lane(base)
	local since, last = {}, nil
	local ids = redis.call('ZRANGE', base .. 'age', 0, OLDEST_LOOKED - 1,
	    'WITHSCORES')
	for i = 1, #ids, 2 do
		local note = read_note(base, ids[i])
		last = tonumber(ids[i + 1])
		if note and not since[note.lane] then
			since[note.lane] = last
		end
		if since.mail and since.bulk then
			return since
		end
	end
	if #ids == 2 * OLDEST_LOOKED then
		since.mail, since.bulk = since.mail or last, since.bulk or last
	end
	return since
end

local function state(_, args)
	local base, now, waiting = args[1], now_ms(), {}
	for i, lane in ipairs(LANES) do
		waiting[i] = redis.call('LLEN', base .. 'in:' .. lane) +
		    redis.call('ZCARD', base .. 'due:' .. lane)
	end
	local since = oldest_by_lane(base)
	local mail, bulk = since.mail or now, since.bulk or now
	if redis.call('LLEN', base .. 'in:mail') > 0 then
		mail = math.min(mail, tonumber(redis.call('GET',
		    base .. 'lim:since')) or now)
	end
	return { waiting[1], waiting[2], redis.call('SCARD', base .. 'held'),
		redis.call('ZCARD', base .. 'dead'),
		math.max(0, now - math.min(mail, bulk)),
		math.max(0, now - mail), math.max(0, now - bulk) }
end

-- Adds { id, dead, lane, attempts, losses, age, due in } of the ids that rank
-- first in an order.
local function describe(base, order, max, now, out)
	local is_dead = order == 'dead' and 1 or 0
	for _, id in ipairs(redis.call('ZRANGE', base .. order, 0, max - 1)) do
		local note = read_note(base, id)
		if note then
			local due = redis.call('ZSCORE', base .. 'due:' ..
			    note.lane, id)
			out[#out + 1] = { id, is_dead, note.lane, note.attempt,
				note.losses, math.max(0, now - note.since),
				(tonumber(due) or now) - now }
		end
	end
end

-- Adds those that no worker has seen yet, in the same form.
local function describe_fresh(base, lane, max, out)
	for _, envelope in ipairs(redis.call('LRANGE', base .. 'in:' .. lane,
	    0, max - 1)) do
		local id = id_of(envelope)
		if id then
			out[#out + 1] = { id, 0, lane, 0, 0, -1, 0 }
		end
	end
end

-- ARGV base, 1 for the dead only, how many at most
local function list(_, args)
	local base, max, now, out = args[1], tonumber(args[3]), now_ms(), {}
	describe(base, 'dead', max, now, out)
	if args[2] == '1' then
		return out
	end
	if #out < max then
		describe(base, 'age', max - #out, now, out)
	end
	for _, lane in ipairs(LANES) do
		if #out < max then
			describe_fresh(base, lane, max - #out, out)
		end
	end
	return out
end

-- The note of an id, which may still be in a list.
local function find(base, id, now)
	for _, lane in ipairs(LANES) do
		for _ = 1, FIND_MAX do
			if is_known(base, id) then
				return read_note(base, id)
			end
			sort(base, lane, 0, now)
		end
	end
	return read_note(base, id)
end

-- ARGV base, id
local function retry(_, args)
	local base, id, now = args[1], args[2], now_ms()
	local note = find(base, id, now)
	if not note then
		return 0
	end
	if redis.call('SISMEMBER', base .. 'held', id) == 0 then
		note.losses = 0
		write_note(base, id, note)
		schedule(base, id, note, now)
		tell_waiting(base)
	end
	return 1
end

-- ARGV base, id
local function drop(_, args)
	local base, id = args[1], args[2]
	local done = base .. 'done:' .. id
	local note = find(base, id, now_ms())
	if not note then
		return redis.call('GET', done) == 'dropped' and 1 or 0
	end
	forget(base, id, note.lane)
	redis.call('SET', done, 'dropped', 'EX', DONE_S)
	return 1
end

-- --- the operator looks at limits --------------------------------------------

-- "i0" of lim:i0:0a1b2c. What else stands below lim: counts nobody (see Keys
-- in the README of this folder) and is no business of these two.
local function limit_class(base, key)
	return string.match(string.sub(key, #(base .. 'lim:') + 1),
	    '^([%l%d]+%-?%d):%x+$')
end

-- One page of the keys: its cursor, and its keys.
local function scan_limits(base, cursor)
	local page = redis.call('SCAN', cursor, 'MATCH', base .. 'lim:*',
	    'COUNT', 1000)
	return page[1], page[2]
end

-- ARGV base, cursor. Answers { cursor, { class, ms until it is refilled }... }
local function limits(_, args)
	local base = args[1]
	local cursor, keys = scan_limits(base, args[2])
	local out = { cursor }
	for _, key in ipairs(keys) do
		local class = limit_class(base, key)
		if class then
			out[#out + 1] = { class, redis.call('PTTL', key) }
		end
	end
	return out
end

-- ARGV base, cursor, classes ('' = every one). Answers { cursor, cleared }
local function unlimit(_, args)
	local base, wanted, cleared = args[1], {}, 0
	for i = 3, #args do
		wanted[args[i]] = true
	end
	local cursor, keys = scan_limits(base, args[2])
	for _, key in ipairs(keys) do
		local class = limit_class(base, key)
		if class and (wanted[class] or wanted['']) then
			cleared = cleared + redis.call('DEL', key)
		end
	end
	return { cursor, cleared }
end

-- --- locks and batches -----------------------------------------------------

-- ARGV base, uuid, owner, life (ms)
local function lock(_, args)
	local key = args[1] .. 'lock:' .. args[2]
	local owner = redis.call('GET', key)
	if owner and owner ~= args[3] then
		return 0
	end
	redis.call('SET', key, args[3], 'PX', args[4])
	return 1
end

-- ARGV base, uuid, owner
local function unlock(_, args)
	local key = args[1] .. 'lock:' .. args[2]
	if redis.call('GET', key) ~= args[3] then
		return 0
	end
	redis.call('DEL', key)
	return 1
end

-- ARGV the number of words of a command, the words, and so on. Whoever calls
-- this may do no more than the commands themselves: Redis checks each.
local function batch(_, args)
	local answers, at = {}, 1
	while at <= #args do
		local words = tonumber(args[at])
		answers[#answers + 1] = redis.call(
		    unpack(args, at + 1, at + words))
		at = at + words + 1
	end
	return answers
end

-- --- names -----------------------------------------------------------------

-- While a library is loaded, Redis offers it no pairs() to walk a table with.
local function register(name, callback, flags)
	redis.register_function({ function_name = 'rentree_' .. name,
	    callback = callback, flags = flags })
end

-- At maxmemory nothing more comes in,
local COMES_IN = {}
register('admit', admit, COMES_IN)
register('put', put, COMES_IN)
register('limit', limit, COMES_IN)
-- and what is in comes out.
local DRAINS = { 'allow-oom' }
register('take', take, DRAINS)
register('later', later, DRAINS)
register('finish', finish, DRAINS)
register('hurry', hurry, DRAINS)
register('count', limit, DRAINS)
register('retry', retry, DRAINS)
register('drop', drop, DRAINS)
register('lock', lock, DRAINS)
register('unlock', unlock, DRAINS)
register('batch', batch, DRAINS)
register('unlimit', unlimit, DRAINS)
register('quota', quota, DRAINS)
local READS = { 'no-writes', 'allow-oom' }
register('state', state, READS)
register('list', list, READS)
register('pace', pace, READS)
register('limits', limits, READS)
