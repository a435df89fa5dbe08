#include "lib/web/pulse.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/flow/asker.h"

struct pulse {
	const struct asker *asker;
	pthread_t thread;
	atomic_bool stop;
	atomic_bool ready;
	atomic_llong beat_ms;  /* clock_mono_ms() of the last look's end */
	pthread_mutex_t mutex; /* for reason */
	char reason[ERR_TEXT];
};

static void
note(struct pulse *pulse, bool ready, const char *reason)
{
	bool before;

	pthread_mutex_lock(&pulse->mutex);
	(void)!text_format(pulse->reason, sizeof pulse->reason, "%s", reason);
	pthread_mutex_unlock(&pulse->mutex);
	before = atomic_exchange(&pulse->ready, ready);
	if (before != ready)
		log_event(ready ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    ready ? "web.ready" : "web.closed", "reason",
		    ready ? "none" : reason, NULL);
}

static void
beat(struct pulse *pulse)
{
	struct err err = {0};
	bool ready = asker_is_ready(pulse->asker, &err) == 0;

	note(pulse, ready, ready ? "" : err.text);
	atomic_store(&pulse->beat_ms, clock_mono_ms());
}

static void *
run(void *context)
{
	struct pulse *pulse = context;

	while (!atomic_load(&pulse->stop)) {
		beat(pulse);
		clock_sleep_ms(PULSE_MS);
	}
	return NULL;
}

struct pulse *
pulse_new(const struct asker *asker)
{
	struct pulse *pulse = calloc(1, sizeof *pulse);

	if (pulse == NULL)
		abort();
	pulse->asker = asker;
	pthread_mutex_init(&pulse->mutex, NULL);
	beat(pulse);
	if (pthread_create(&pulse->thread, NULL, run, pulse) != 0)
		abort();
	return pulse;
}

void
pulse_free(struct pulse *pulse)
{
	if (pulse == NULL)
		return;
	atomic_store(&pulse->stop, true);
	pthread_join(pulse->thread, NULL);
	pthread_mutex_destroy(&pulse->mutex);
	free(pulse);
}

bool
pulse_is_ready(struct pulse *pulse, char *reason, size_t room)
{
	if (reason != NULL) {
		pthread_mutex_lock(&pulse->mutex);
		(void)!text_format(reason, room, "%s", pulse->reason);
		pthread_mutex_unlock(&pulse->mutex);
	}
	return atomic_load(&pulse->ready);
}

bool
pulse_is_beating(const struct pulse *pulse)
{
	return clock_mono_ms() - atomic_load(&pulse->beat_ms) < PULSE_STUCK_MS;
}
