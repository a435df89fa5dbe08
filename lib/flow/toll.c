#include "lib/flow/toll.h"

#include "captcha/captcha.h"

enum { EXTRA_MAX = CAPTCHA_POW_BITS_MAX - CAPTCHA_POW_BITS };

unsigned
toll_bits(struct toll *toll)
{
	return CAPTCHA_POW_BITS + atomic_load(&toll->extra);
}

static unsigned
extra_for(long per_minute, long calm)
{
	unsigned extra = 0;

	while (extra < EXTRA_MAX && per_minute > calm << extra)
		extra++;
	return extra;
}

bool
toll_follow(struct toll *toll, long per_minute, long calm)
{
	unsigned now = atomic_load(&toll->extra);
	unsigned up = extra_for(per_minute, calm);
	unsigned down = extra_for(per_minute + per_minute / 4, calm);
	unsigned next = up > now ? up : down < now ? down : now;

	atomic_store(&toll->extra, next);
	return next != now;
}
