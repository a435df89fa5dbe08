#include "lib/web/server_guard.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { TELL_MS = 60000 };

/* As little as libmicrohttpd's own words: nobody has asked for a page yet. */
static const char FULL[] =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Connection: close\r\n"
    "Retry-After: 5\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 112\r\n"
    "\r\n"
    "Trop de visiteurs en ce moment : r\u00e9essayez dans un instant.\n"
    "Too many visitors just now: try again in a moment.\n";

struct guard_seat {
	enum guard_step step;
	int fd;
	int64_t since_ms; /* of the step */
	bool served;      /* has had an answer already */
};

struct guard {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stop;
	unsigned places, count; /* of the seats, places are for requests */
	unsigned sent_out;      /* since it was told last */
	int64_t told_ms;
	struct guard_seat *seats;
};

static void
cut(struct guard_seat *seat)
{
	(void)shutdown(seat->fd, SHUT_RDWR);
	seat->step = GUARD_CUT;
}

static bool
is_reading(const struct guard_seat *seat)
{
	return seat->step == GUARD_HEADER || seat->step == GUARD_BODY;
}

static bool
has_a_place(const struct guard_seat *seat)
{
	return is_reading(seat) || seat->step == GUARD_ANSWER ||
	       seat->step == GUARD_SENDING;
}

/* How long it may stay in its step. */
static int64_t
life_ms(const struct guard_seat *seat)
{
	if (is_reading(seat))
		return GUARD_READ_MS;
	if (seat->step == GUARD_SENDING)
		return GUARD_SEND_MS;
	return seat->step == GUARD_REFUSED ? GUARD_GRACE_MS : INT64_MAX;
}

/* Shuts down what is over; the number that still has a place after that. */
static unsigned
end_late_ones(struct guard *guard)
{
	int64_t now_ms = clock_mono_ms();
	unsigned left = 0;

	for (unsigned i = 0; i < guard->count; i++) {
		struct guard_seat *seat = &guard->seats[i];

		if (now_ms - seat->since_ms >= life_ms(seat))
			cut(seat);
		left += has_a_place(seat);
	}
	return left;
}

/* Has its visitor sent what nobody has read yet? Then it is our turn. */
static bool
has_unread(const struct guard_seat *seat)
{
	int bytes = 0;

	return ioctl(seat->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

static bool
may_go(const struct guard_seat *seat, int64_t now_ms)
{
	return is_reading(seat) &&
	       (seat->served || now_ms - seat->since_ms >= GUARD_GRACE_MS) &&
	       !has_unread(seat);
}

static struct guard_seat *
slowest(struct guard *guard)
{
	int64_t now_ms = clock_mono_ms();
	struct guard_seat *found = NULL;

	for (unsigned i = 0; i < guard->count; i++) {
		struct guard_seat *seat = &guard->seats[i];

		if ((found == NULL || seat->since_ms < found->since_ms) &&
		    may_go(seat, now_ms))
			found = seat;
	}
	return found;
}

/* left: how many have a place. Sends out until the reserve is free, or nobody
 * is left who may go. How many have one then. */
static unsigned
make_room(struct guard *guard, unsigned left)
{
	unsigned most = guard->places - guard->places / GUARD_RESERVE;
	struct guard_seat *seat;

	while (left > most && (seat = slowest(guard)) != NULL) {
		cut(seat);
		left--;
		guard->sent_out++;
	}
	return left;
}

/* Once a minute at most, and not in a crowd's way. */
static void
tell(struct guard *guard)
{
	int64_t now_ms = clock_mono_ms();
	char number[16];

	if (guard->sent_out == 0 ||
	    (guard->told_ms != 0 && now_ms - guard->told_ms < TELL_MS))
		return;
	(void)snprintf(number, sizeof number, "%u", guard->sent_out);
	log_event(LOG_LEVEL_WARN, "web.crowded", "sent_out", number, NULL);
	guard->sent_out = 0;
	guard->told_ms = now_ms;
}

static void *
keep(void *context)
{
	struct guard *guard = context;
	struct timespec until;
	int64_t next_ms;
	unsigned left;

	pthread_mutex_lock(&guard->mutex);
	while (!guard->stop) {
		left = make_room(guard, end_late_ones(guard));
		tell(guard);
		next_ms =
		    clock_mono_ms() +
		    (left < guard->places ? GUARD_TICK_MS : GUARD_GRACE_MS);
		until.tv_sec = (time_t)(next_ms / 1000);
		until.tv_nsec = (long)(next_ms % 1000) * 1000000;
		(void)pthread_cond_timedwait(
		    &guard->changed, &guard->mutex, &until);
	}
	pthread_mutex_unlock(&guard->mutex);
	return NULL;
}

struct guard *
guard_new(unsigned places)
{
	struct guard *guard = calloc(1, sizeof *guard);
	pthread_condattr_t attr;

	if (guard == NULL)
		abort();
	guard->places = places;
	guard->count = places + GUARD_DOORSTEP;
	guard->seats = calloc(guard->count, sizeof *guard->seats);
	if (guard->seats == NULL || pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_mutex_init(&guard->mutex, NULL) != 0 ||
	    pthread_cond_init(&guard->changed, &attr) != 0)
		abort();
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&guard->thread, NULL, keep, guard) == 0)
		return guard;
	free(guard->seats);
	free(guard);
	return NULL;
}

void
guard_free(struct guard *guard)
{
	if (guard == NULL)
		return;
	pthread_mutex_lock(&guard->mutex);
	guard->stop = true;
	pthread_cond_signal(&guard->changed);
	pthread_mutex_unlock(&guard->mutex);
	(void)pthread_join(guard->thread, NULL);
	(void)pthread_cond_destroy(&guard->changed);
	(void)pthread_mutex_destroy(&guard->mutex);
	free(guard->seats);
	free(guard);
}

static void
refuse(struct guard *guard, struct guard_seat *seat)
{
	(void)send(
	    seat->fd, FULL, sizeof FULL - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* Its request is read all the same: an unread one would have the
	 * kernel reset the connection, and the sentence be lost. */
	(void)shutdown(seat->fd, SHUT_WR);
	seat->step = GUARD_REFUSED;
	guard->sent_out++;
}

struct guard_seat *
guard_enter(struct guard *guard, int fd, bool *refused)
{
	struct guard_seat *seat = NULL;
	unsigned left = 0;

	*refused = false;
	pthread_mutex_lock(&guard->mutex);
	for (unsigned i = 0; i < guard->count; i++) {
		if (guard->seats[i].step == GUARD_FREE && seat == NULL)
			seat = &guard->seats[i];
		left += has_a_place(&guard->seats[i]);
	}
	if (seat != NULL) {
		*seat = (struct guard_seat){.step = GUARD_HEADER,
		    .fd = fd,
		    .since_ms = clock_mono_ms()};
		if (make_room(guard, left + 1) > guard->places)
			refuse(guard, seat);
		*refused = seat->step == GUARD_REFUSED;
	}
	pthread_mutex_unlock(&guard->mutex);
	return seat;
}

bool
guard_step(struct guard *guard, struct guard_seat *seat, enum guard_step step)
{
	bool there = false;

	if (seat == NULL)
		return false;
	pthread_mutex_lock(&guard->mutex);
	if (has_a_place(seat)) {
		seat->step = step;
		seat->since_ms = clock_mono_ms();
		seat->served = seat->served || step == GUARD_SENDING;
		there = true;
	}
	pthread_mutex_unlock(&guard->mutex);
	return there;
}

void
guard_leave(struct guard *guard, struct guard_seat *seat)
{
	if (seat == NULL)
		return;
	pthread_mutex_lock(&guard->mutex);
	seat->step = GUARD_FREE;
	pthread_mutex_unlock(&guard->mutex);
}
