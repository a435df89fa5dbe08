#include "lib/web/server_guard.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

enum { TELL_MS = 60000 };

struct guard_seat {
	enum guard_step step;
	int fd;
	int64_t since_ms; /* of the step */
};

struct guard {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool stop;
	unsigned count;
	unsigned sent_out; /* since it was told last */
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

/* Shuts down what is over; the number that still has a place after that. */
static unsigned
end_late_ones(struct guard *guard)
{
	int64_t now_ms = clock_mono_ms();
	unsigned left = 0;

	for (unsigned i = 0; i < guard->count; i++) {
		struct guard_seat *seat = &guard->seats[i];
		int64_t age_ms = now_ms - seat->since_ms;

		if ((is_reading(seat) && age_ms >= GUARD_READ_MS) ||
		    (seat->step == GUARD_SENDING && age_ms >= GUARD_SEND_MS))
			cut(seat);
		left += seat->step != GUARD_FREE && seat->step != GUARD_CUT;
	}
	return left;
}

static struct guard_seat *
slowest(struct guard *guard)
{
	struct guard_seat *found = NULL;

	for (unsigned i = 0; i < guard->count; i++) {
		struct guard_seat *seat = &guard->seats[i];

		if (is_reading(seat) &&
		    (found == NULL || seat->since_ms < found->since_ms))
			found = seat;
	}
	return found;
}

static unsigned
reserve(const struct guard *guard)
{
	return guard->count / GUARD_RESERVE > 0 ? guard->count / GUARD_RESERVE
						: 1;
}

/* left: how many have a place. Sends out until the reserve is free, or only
 * whole requests are left. */
static void
make_room(struct guard *guard, unsigned left)
{
	unsigned most = guard->count - reserve(guard);
	struct guard_seat *seat;

	while (left > most && (seat = slowest(guard)) != NULL) {
		cut(seat);
		left--;
		guard->sent_out++;
	}
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

	pthread_mutex_lock(&guard->mutex);
	while (!guard->stop) {
		/* Places that came free while everything was taken let
		 * nobody in: libmicrohttpd does not accept then. */
		make_room(guard, end_late_ones(guard));
		tell(guard);
		next_ms = clock_mono_ms() + GUARD_TICK_MS;
		until.tv_sec = (time_t)(next_ms / 1000);
		until.tv_nsec = (long)(next_ms % 1000) * 1000000;
		(void)pthread_cond_timedwait(
		    &guard->ended, &guard->mutex, &until);
	}
	pthread_mutex_unlock(&guard->mutex);
	return NULL;
}

struct guard *
guard_new(unsigned connections)
{
	struct guard *guard = calloc(1, sizeof *guard);
	pthread_condattr_t attr;

	if (guard == NULL)
		abort();
	guard->count = connections;
	guard->seats = calloc(connections, sizeof *guard->seats);
	if (guard->seats == NULL || pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_mutex_init(&guard->mutex, NULL) != 0 ||
	    pthread_cond_init(&guard->ended, &attr) != 0)
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
	pthread_cond_signal(&guard->ended);
	pthread_mutex_unlock(&guard->mutex);
	(void)pthread_join(guard->thread, NULL);
	(void)pthread_cond_destroy(&guard->ended);
	(void)pthread_mutex_destroy(&guard->mutex);
	free(guard->seats);
	free(guard);
}

struct guard_seat *
guard_enter(struct guard *guard, int fd)
{
	struct guard_seat *seat = NULL;
	unsigned left = 0;

	pthread_mutex_lock(&guard->mutex);
	for (unsigned i = 0; i < guard->count; i++) {
		if (guard->seats[i].step == GUARD_FREE && seat == NULL)
			seat = &guard->seats[i];
		left += guard->seats[i].step != GUARD_FREE &&
			guard->seats[i].step != GUARD_CUT;
	}
	if (seat != NULL)
		*seat = (struct guard_seat){.step = GUARD_HEADER,
		    .fd = fd,
		    .since_ms = clock_mono_ms()};
	make_room(guard, left + 1);
	pthread_mutex_unlock(&guard->mutex);
	return seat;
}

void
guard_step(struct guard *guard, struct guard_seat *seat, enum guard_step step)
{
	if (seat == NULL)
		return;
	pthread_mutex_lock(&guard->mutex);
	if (seat->step != GUARD_CUT) {
		seat->step = step;
		seat->since_ms = clock_mono_ms();
	}
	pthread_mutex_unlock(&guard->mutex);
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
