/*
 * gate - only so many at a time, and a short queue before it.
 *
 * For work that anybody may ask for and that costs more than a page: pictures
 * and sounds. Whoever waits costs a sleeping thread and no processor, so the
 * pages beside it stay quick; whoever finds no place is told so at once. One
 * guest (an IPv4 address, or the /64 of an IPv6 one) has at most a share of
 * the places, so that a burst from one machine leaves some to the others.
 *
 * Not fair beyond that: who waits longest is not served first.
 */
#ifndef LIB_WEB_GATE_H
#define LIB_WEB_GATE_H

#include <stdbool.h>

struct net_address;

enum { GATE_PLACES_MAX = 64 };

struct gate_size {
	unsigned inside;  /* at a time */
	unsigned places;  /* inside and before it, <= GATE_PLACES_MAX */
	unsigned a_guest; /* of the places */
};

struct gate;

struct gate *gate_new(const struct gate_size *size);
void gate_free(struct gate *gate);

/* False: no place, or no turn within wait_ms. True: gate_leave() must follow,
 * with the same guest. */
bool gate_enter(
    struct gate *gate, const struct net_address *guest, long wait_ms);
void gate_leave(struct gate *gate, const struct net_address *guest);

#endif
