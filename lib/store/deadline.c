#include "lib/store/deadline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/clock.h"

enum watch_state { WATCH_FREE, WATCH_RUNNING, WATCH_OVER };

struct watch {
	enum watch_state state;
	int fd;
	int64_t until_ms;
};

struct deadline {
	pthread_t keeper;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stop;
	int64_t wakes_ms; /* when the keeper looks again by itself */
	struct watch table[DEADLINE_MAX];
};

/* Ends what is over; returns when the next one will be, INT64_MAX if none. */
static int64_t
sweep_table(struct deadline *deadline)
{
	int64_t now_ms = clock_mono_ms(), next_ms = INT64_MAX;
	struct watch *watch;
	size_t i;

	for (i = 0; i < COUNT_OF(deadline->table); i++) {
		watch = &deadline->table[i];
		if (watch->state != WATCH_RUNNING)
			continue;
		if (watch->until_ms <= now_ms) {
			/* Not close(2): the number would be reused while its
			 * owner still believes in it. */
			(void)shutdown(watch->fd, SHUT_RDWR);
			watch->state = WATCH_OVER;
		} else if (watch->until_ms < next_ms) {
			next_ms = watch->until_ms;
		}
	}
	return next_ms;
}

static void *
keep(void *context)
{
	struct deadline *deadline = context;
	struct timespec until;

	pthread_mutex_lock(&deadline->mutex);
	while (!deadline->stop) {
		deadline->wakes_ms = sweep_table(deadline);
		if (deadline->wakes_ms == INT64_MAX) {
			pthread_cond_wait(&deadline->changed, &deadline->mutex);
			continue;
		}
		until.tv_sec = (time_t)(deadline->wakes_ms / 1000);
		until.tv_nsec = (long)(deadline->wakes_ms % 1000) * 1000000;
		pthread_cond_timedwait(
		    &deadline->changed, &deadline->mutex, &until);
	}
	pthread_mutex_unlock(&deadline->mutex);
	return NULL;
}

static void
must(int failed, const char *what)
{
	if (failed == 0)
		return;
	(void)fprintf(stderr, "deadline: cannot create %s\n", what);
	abort();
}

struct deadline *
deadline_new(void)
{
	struct deadline *deadline = calloc(1, sizeof *deadline);
	pthread_condattr_t attr;

	must(deadline == NULL, "its table");
	/* The same clock as clock_mono_ms(). */
	must(pthread_condattr_init(&attr), "an attribute");
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "a clock");
	must(pthread_mutex_init(&deadline->mutex, NULL), "a mutex");
	must(pthread_cond_init(&deadline->changed, &attr), "a condition");
	(void)pthread_condattr_destroy(&attr);
	must(pthread_create(&deadline->keeper, NULL, keep, deadline),
	    "the keeper thread");
	return deadline;
}

void
deadline_free(struct deadline *deadline)
{
	if (deadline == NULL)
		return;
	pthread_mutex_lock(&deadline->mutex);
	deadline->stop = true;
	pthread_cond_signal(&deadline->changed);
	pthread_mutex_unlock(&deadline->mutex);
	(void)pthread_join(deadline->keeper, NULL);
	(void)pthread_cond_destroy(&deadline->changed);
	(void)pthread_mutex_destroy(&deadline->mutex);
	free(deadline);
}

int
deadline_begin(struct deadline *deadline, int fd, long timeout_ms)
{
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	int ticket = -1;
	size_t i;

	pthread_mutex_lock(&deadline->mutex);
	for (i = 0; i < COUNT_OF(deadline->table); i++) {
		if (deadline->table[i].state != WATCH_FREE)
			continue;
		deadline->table[i].state = WATCH_RUNNING;
		deadline->table[i].fd = fd;
		deadline->table[i].until_ms = until_ms;
		ticket = (int)i;
		break;
	}
	if (ticket >= 0 && until_ms < deadline->wakes_ms)
		pthread_cond_signal(&deadline->changed);
	pthread_mutex_unlock(&deadline->mutex);
	return ticket;
}

int
deadline_end(struct deadline *deadline, int ticket)
{
	int over;

	pthread_mutex_lock(&deadline->mutex);
	over = deadline->table[ticket].state == WATCH_OVER;
	deadline->table[ticket].state = WATCH_FREE;
	pthread_mutex_unlock(&deadline->mutex);
	return over;
}
