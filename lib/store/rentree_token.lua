#!lua name=rentree_token
-- The states of a token: live -> claimed -> spent, and dead. See token.h.
--
-- Below the prefix ("rentree:"):
-- tok:<hash>  hash: rec   the record with its MAC, opaque here
--                   st    live, claimed, spent or dead
--                   by    who claimed it
--                   at    when it was claimed, spent or ended (ms)
--                   exp   when it ends by itself (ms), as in the record
--                   sent  1 once a mail server has taken its mail
-- acct:<uuid>:<purpose>   sorted set of hashes, by when they were asked (ms)
-- acct:<uuid>:until       links that were asked until then (ms) are ended,
--                         also those that are issued only now
-- and what the queue keeps (rentree.lua), for the intent of a claim.
--
-- Keys are built here and not declared, as in rentree.lua. Every function may
-- run twice with the same effect as once: an answer can be lost on its way.
-- All carry allow-oom, because a full Redis must drain.

-- As TOKEN_TOMBSTONE_S, TOKEN_CLAIM_MS and the purposes of token.h.
local TOMBSTONE_MS = 25 * 3600 * 1000
local CLAIM_MS = 60000
local DISOWN, PURPOSES = 4, 5

local function now_ms()
	local time = redis.call('TIME')
	return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function digits(number)
	return string.format('%.0f', number)
end

-- A set of an account lives as long as the last of its tokens.
local function keep_until(key, ms)
	if redis.call('PEXPIRETIME', key) < ms then
		redis.call('PEXPIREAT', key, digits(ms))
	end
end

local function settle(tok, state, now)
	redis.call('HSET', tok, 'st', state, 'at', digits(now))
	redis.call('PEXPIREAT', tok, digits(now + TOMBSTONE_MS))
end

local function end_token(tok, now)
	local state = redis.call('HGET', tok, 'st')
	if state == 'live' or state == 'claimed' then
		settle(tok, 'dead', now)
	end
end

-- A link that came too late: what it was asked for has been done meanwhile. The
-- one to disown gives nobody access, and follows a change.
local function is_over(new)
	local ended = redis.call('GET', new.account .. 'until')
	return ended and new.purpose ~= DISOWN and
	    tonumber(new.asked) <= tonumber(ended)
end

-- --- issue and sent --------------------------------------------------------

-- ARGV base, name, "<uuid>:<purpose>", rec, exp (ms), asked (ms)
local function read_args(args)
	local uuid, purpose = string.match(args[3], '^(.*:)(%d+)$')
	return { base = args[1] .. 'tok:', tok = args[1] .. 'tok:' .. args[2],
		acct = args[1] .. 'acct:' .. args[3], name = args[2],
		account = args[1] .. 'acct:' .. uuid,
		purpose = tonumber(purpose),
		rec = args[4], exp = args[5], asked = args[6] }
end

local function write(new)
	local gone = tonumber(new.exp) + TOMBSTONE_MS
	redis.call('HSET', new.tok, 'rec', new.rec, 'exp', new.exp)
	redis.call('PEXPIREAT', new.tok, digits(gone))
	redis.call('ZADD', new.acct, new.asked, new.name)
	keep_until(new.acct, gone)
end

local function issue(_, args)
	local new = read_args(args)
	if redis.call('EXISTS', new.tok) == 1 then
		return 0
	end
	write(new)
	redis.call('HSET', new.tok, 'st', is_over(new) and 'dead' or 'live')
	return 1
end

local function later_was_sent(new)
	local later = redis.call('ZRANGE', new.acct, '(' .. new.asked, '+inf',
	    'BYSCORE')
	for _, name in ipairs(later) do
		if redis.call('HGET', new.base .. name, 'sent') == '1' then
			return true
		end
	end
	return false
end

-- Ends what was not asked later, and forgets what has no key any more.
local function end_others(new, now)
	local earlier = redis.call('ZRANGE', new.acct, '-inf', new.asked,
	    'BYSCORE')
	for _, name in ipairs(earlier) do
		if redis.call('EXISTS', new.base .. name) == 0 then
			redis.call('ZREM', new.acct, name)
		elseif name ~= new.name then
			end_token(new.base .. name, now)
		end
	end
end

-- A token that Redis lost on the way comes back: its mail is out.
local function sent(_, args)
	local new, now = read_args(args), now_ms()
	local state = redis.call('HGET', new.tok, 'st')
	if state == 'spent' or state == 'dead' then
		return 0
	end
	if later_was_sent(new) or is_over(new) then
		end_token(new.tok, now)
		return 0
	end
	write(new)
	redis.call('HSET', new.tok, 'st', state or 'live', 'sent', '1')
	end_others(new, now)
	return 1
end

-- --- peek ------------------------------------------------------------------

-- ARGV base, name. Answers rec, st, at, now.
local function peek(_, args)
	local found = redis.call('HMGET', args[1] .. 'tok:' .. args[2], 'rec',
	    'st', 'at')
	return { found[1], found[2], found[3], now_ms() }
end

-- --- spending --------------------------------------------------------------

local function is_claimable(tok, claimant, now)
	local found = redis.call('HMGET', tok, 'st', 'by', 'at', 'exp')
	local state, by = found[1], found[2]
	local at, exp = tonumber(found[3]), tonumber(found[4])
	if not exp or exp <= now then
		return false
	end
	return state == 'live' or (state == 'claimed' and
	    (by == claimant or not at or at + CLAIM_MS <= now))
end

-- What put() of rentree.lua does in the lane of the mails, to the letter.
local function put(base, id, envelope, now, due)
	local req = base .. 'req'
	if redis.call('HEXISTS', req, id) == 1 or
	    redis.call('EXISTS', base .. 'done:' .. id) == 1 then
		return
	end
	redis.call('HSET', req, id, '0|0|mail|' .. digits(now), id .. ':e',
	    envelope)
	redis.call('ZADD', base .. 'age', digits(now), id)
	redis.call('ZADD', base .. 'due:mail', digits(due), id)
	redis.call('SET', base .. 'lim:waiting',
	    redis.call('ZCARD', base .. 'due:mail'))
end

-- ARGV base, name, claimant, the intent's id, envelope and delay (ms)
local function claim(_, args)
	local base, claimant, now = args[1], args[3], now_ms()
	local tok = base .. 'tok:' .. args[2]
	if not is_claimable(tok, claimant, now) then
		return 0
	end
	redis.call('HSET', tok, 'st', 'claimed', 'by', claimant, 'at',
	    digits(now))
	put(base, args[4], args[5], now, now + tonumber(args[6]))
	return 1
end

-- ARGV base, name, claimant
local function release(_, args)
	local tok = args[1] .. 'tok:' .. args[2]
	local found = redis.call('HMGET', tok, 'st', 'by')
	if found[1] ~= 'claimed' or found[2] ~= args[3] then
		return 0
	end
	redis.call('HSET', tok, 'st', 'live')
	redis.call('HDEL', tok, 'by', 'at')
	return 1
end

-- ARGV base, name. Also what was superseded while claimed: the password did
-- change.
local function spend(_, args)
	local tok = args[1] .. 'tok:' .. args[2]
	local state = redis.call('HGET', tok, 'st')
	if not state or state == 'spent' then
		return 0
	end
	settle(tok, 'spent', now_ms())
	return 1
end

local function remember(key, until_ms)
	if tonumber(redis.call('GET', key) or 0) <= until_ms then
		redis.call('SET', key, digits(until_ms), 'PX',
		    digits(TOMBSTONE_MS))
	end
end

-- ARGV base, uuid, the name that stays ('' = none), until when it was asked
-- (ms), or '+inf': whatever there is, and nothing that comes. "It was not me"
-- gives nobody access, and is wanted most after a change: those stay.
local function revoke_all(_, args)
	local base, now = args[1], now_ms()
	local account = base .. 'acct:' .. args[2] .. ':'
	if args[4] ~= '+inf' then
		remember(account .. 'until', tonumber(args[4]))
	end
	for purpose = 1, PURPOSES do
		local acct = account .. purpose
		local names = purpose == DISOWN and {} or
		    redis.call('ZRANGE', acct, '-inf', args[4], 'BYSCORE')
		for _, name in ipairs(names) do
			if name ~= args[3] then
				end_token(base .. 'tok:' .. name, now)
			end
		end
	end
	return 1
end

local function register(name, callback, flags)
	redis.register_function({ function_name = 'rentree_token_' .. name,
	    callback = callback, flags = flags })
end

register('issue', issue, { 'allow-oom' })
register('sent', sent, { 'allow-oom' })
register('peek', peek, { 'no-writes', 'allow-oom' })
register('claim', claim, { 'allow-oom' })
register('release', release, { 'allow-oom' })
register('spend', spend, { 'allow-oom' })
register('revoke_all', revoke_all, { 'allow-oom' })
