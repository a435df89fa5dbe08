#include "lib/base/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

/* One call of getaddrinfo(). Whoever comes last frees it: the thread when it
 * was abandoned, else who asked. */
struct look {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	char host[RESOLVE_HOST], service[RESOLVE_SERVICE];
	bool done, abandoned;
	int64_t ended_ms; /* of clock_mono_ms() */
	int rc;
	struct addrinfo *list;
};

struct resolve {
	struct look *look; /* under way, NULL = none */
};

struct resolve *
resolve_new(void)
{
	struct resolve *resolve = calloc(1, sizeof *resolve);

	if (resolve == NULL)
		err_no_memory();
	return resolve;
}

/* --- the look-up --------------------------------------------------------- */

static void
look_free(struct look *look)
{
	if (look->list != NULL)
		freeaddrinfo(look->list);
	(void)pthread_cond_destroy(&look->ended);
	(void)pthread_mutex_destroy(&look->lock);
	free(look);
}

static void *
look_up(void *context)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct look *look = context;
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(look->host, look->service, &hints, &list);
	bool abandoned;

	pthread_mutex_lock(&look->lock);
	look->rc = rc;
	look->list = rc == 0 ? list : NULL;
	look->done = true;
	look->ended_ms = clock_mono_ms();
	abandoned = look->abandoned;
	pthread_cond_signal(&look->ended);
	pthread_mutex_unlock(&look->lock);
	if (abandoned)
		look_free(look);
	return NULL;
}

static struct look *
look_new(const char *host, const char *service)
{
	struct look *look = calloc(1, sizeof *look);
	pthread_condattr_t attr;

	if (look == NULL)
		err_no_memory();
	if (!text_format(look->host, sizeof look->host, "%s", host) ||
	    !text_format(look->service, sizeof look->service, "%s", service)) {
		free(look);
		return NULL;
	}
	/* The same clock as clock_mono_ms(). */
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&look->ended, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&look->lock, NULL);
	return look;
}

static struct look *
start(const char *host, const char *service)
{
	struct look *look = look_new(host, service);
	pthread_t thread;

	if (look == NULL)
		return NULL;
	if (pthread_create(&thread, NULL, look_up, look) != 0) {
		look_free(look);
		return NULL;
	}
	(void)pthread_detach(thread);
	return look;
}

static bool
wait_for(struct look *look, long timeout_ms)
{
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
	    .tv_nsec = (long)(until_ms % 1000) * 1000000};
	int waited = 0;
	bool done;

	pthread_mutex_lock(&look->lock);
	while (!look->done && waited == 0)
		waited =
		    pthread_cond_timedwait(&look->ended, &look->lock, &until);
	done = look->done;
	pthread_mutex_unlock(&look->lock);
	return done;
}

static void
abandon(struct look *look)
{
	bool done;

	pthread_mutex_lock(&look->lock);
	look->abandoned = true;
	done = look->done;
	pthread_mutex_unlock(&look->lock);
	if (done)
		look_free(look);
}

void
resolve_free(struct resolve *resolve)
{
	if (resolve == NULL)
		return;
	if (resolve->look != NULL)
		abandon(resolve->look);
	free(resolve);
}

/* --- asking -------------------------------------------------------------- */

static bool
is_numeric(const char *host, const char *service, struct addrinfo **list)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};

	return getaddrinfo(host, service, &hints, list) == 0;
}

/* Nobody waited for it any more, and it is the answer all the same. */
static bool
is_late_answer(const struct look *look)
{
	return look->rc == 0 &&
	       clock_mono_ms() - look->ended_ms < RESOLVE_LATE_MS;
}

/* What an earlier call left: the same question goes on, or was answered a
 * moment ago. */
static bool
is_still_busy(struct resolve *resolve, const char *host, const char *service)
{
	struct look *look = resolve->look;
	bool done, same;

	if (look == NULL)
		return false;
	done = wait_for(look, 0);
	same = strcmp(look->host, host) == 0 &&
	       strcmp(look->service, service) == 0;
	if (same && (!done || is_late_answer(look)))
		return false;
	if (!done)
		return true;
	look_free(look);
	resolve->look = NULL;
	return false;
}

static int
take(struct resolve *resolve, struct addrinfo **list, struct err *err)
{
	struct look *look = resolve->look;
	int rc = 0;

	resolve->look = NULL;
	if (look->rc != 0)
		rc = err_set(err, ERR_UNAVAILABLE, "no address for %s: %s",
		    look->host, gai_strerror(look->rc));
	*list = look->list;
	look->list = NULL;
	look_free(look);
	return rc;
}

int
resolve_name(struct resolve *resolve, const char *host, const char *service,
    long timeout_ms, struct addrinfo **list, struct err *err)
{
	*list = NULL;
	if (is_numeric(host, service, list))
		return 0;
	if (is_still_busy(resolve, host, service))
		return err_set(err, ERR_UNAVAILABLE,
		    "no address for %s: names are slow", host);
	if (resolve->look == NULL)
		resolve->look = start(host, service);
	if (resolve->look == NULL)
		return err_set(err, ERR_UNAVAILABLE, "no address for %s", host);
	if (!wait_for(resolve->look, timeout_ms))
		return err_set(
		    err, ERR_UNAVAILABLE, "no address for %s in time", host);
	return take(resolve, list, err);
}
