/*
 * server_guard - nobody keeps a place for nothing.
 *
 * libmicrohttpd knows one limit, so many seconds of silence, and who sends a
 * byte now and then keeps a place for ever. Here every step of a request has
 * an end: its header, its body and the reading of its answer. What takes
 * longer is shut down (shutdown(2), never close: libmicrohttpd does that).
 * And when nearly all places are taken, who comes in sends out whoever has
 * been the longest without a whole request: a visitor's own is there in
 * milliseconds, so it is those who hold places who lose them, and those kept
 * open between two requests. When nobody may go, who comes is told so (503):
 * for that libmicrohttpd has some places more, the doorstep; beyond, it closes
 * without a word. Never cut is who came within GUARD_GRACE_MS, who has sent
 * bytes that nobody has read yet, and a whole request before its answer is
 * ready.
 *
 * It also spares a fault of libmicrohttpd 0.9.75, whose threads spin through
 * the last second of their silence: with the guard there is no such limit.
 *
 * Not against: more connections a second than the machine accepts, nor as many
 * whole requests at a time as there are places; the proxy's limits are.
 *
 * Threads: any, but enter and leave are libmicrohttpd's listening thread's.
 */
#ifndef LIB_WEB_SERVER_GUARD_H
#define LIB_WEB_SERVER_GUARD_H

#include <stdbool.h>

#include "lib/base/base.h"

enum {
	GUARD_READ_MS = 10000, /* for a header; again for its body */
	GUARD_SEND_MS = 30000, /* for an answer: the longest is 200 kB */
	GUARD_TICK_MS = 200,
	GUARD_GRACE_MS = 50,
	GUARD_RESERVE = 8,    /* one place in so many is kept free */
	GUARD_DOORSTEP = 256, /* connections that are told to come again */
};

enum guard_step {
	GUARD_FREE,    /* nobody's seat */
	GUARD_HEADER,  /* nothing or a part of a header is there */
	GUARD_BODY,    /* the header is there, the body comes */
	GUARD_ANSWER,  /* it is our turn: no deadline here */
	GUARD_SENDING, /* the answer leaves */
	GUARD_REFUSED, /* has been told to come again */
	GUARD_CUT,     /* shut down; libmicrohttpd has not closed it yet */
};

struct guard;
struct guard_seat;

/* With so many places, and GUARD_DOORSTEP seats more; NULL when no thread can
 * be had. */
struct guard *guard_new(unsigned places);
/* After everybody has left. */
void guard_free(struct guard *guard);

/* A connection has been opened; its seat, or NULL when there is none; refused:
 * it was told to come again. The descriptor stays open until guard_leave(). */
struct guard_seat *guard_enter(struct guard *guard, int fd, bool *refused);
/* False: it was refused or cut, and there is nobody to answer. */
bool guard_step(struct guard *guard, struct guard_seat *seat,
    enum guard_step step) MUST_CHECK;
/* seat may be NULL. */
void guard_leave(struct guard *guard, struct guard_seat *seat);

#endif
