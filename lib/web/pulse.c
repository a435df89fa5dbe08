#include "lib/web/pulse.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/asker.h"
#include "lib/flow/parts.h"

struct pulse {
	const struct asker *asker;
	pthread_t thread;
	atomic_bool stop;
	atomic_bool ready;
	struct parts *parts;
	atomic_llong beat_ms; /* clock_mono_ms() of the last look's end */
};

static void
note(struct pulse *pulse, bool ready, const char *reason)
{
	bool before = atomic_exchange(&pulse->ready, ready);

	if (before != ready)
		log_event(ready ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    ready ? "web.ready" : "web.closed", "reason",
		    ready ? "none" : reason, NULL);
}

static void
beat(struct pulse *pulse)
{
	struct err err = {0};
	bool ready = asker_is_ready(pulse->asker, pulse->parts, &err) == 0;

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
	pulse->parts =
	    parts_new(asker->meters, 1u << PART_REDIS | 1u << PART_CLOCK);
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
	parts_free(pulse->parts);
	free(pulse);
}

bool
pulse_is_ready(const struct pulse *pulse)
{
	return atomic_load(&pulse->ready);
}

const struct parts *
pulse_parts(const struct pulse *pulse)
{
	return pulse->parts;
}

bool
pulse_is_beating(const struct pulse *pulse)
{
	return clock_mono_ms() - atomic_load(&pulse->beat_ms) < PULSE_STUCK_MS;
}
