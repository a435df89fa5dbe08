/*
 * toll - what the calculation costs just now, in bits.
 *
 * The least (CAPTCHA_POW_BITS) for up to calm answered captchas a minute, all
 * forms and web processes together (queue_pace()); twice the work for twice
 * as many, then again, until CAPTCHA_POW_BITS_MAX. Beyond that people would
 * wait too long, and the limits carry the rest. On the way back a bit is let
 * go only when the pace is a fifth below the step, so that it does not flutter.
 *
 * Written by the thread that asks Redis, read by every form page: no round
 * trip. All zeros is the least. The price stands inside the sealed id, so
 * nobody can ask for less; ids that were taken while it was calm keep their
 * price for their CAPTCHA_LIFE_S.
 */
#ifndef LIB_FLOW_TOLL_H
#define LIB_FLOW_TOLL_H

#include <stdatomic.h>
#include <stdbool.h>

struct toll {
	atomic_uint extra; /* bits above the least */
};

unsigned toll_bits(struct toll *toll);
/* True when that changes the price. */
bool toll_follow(struct toll *toll, long per_minute, long calm);

#endif
