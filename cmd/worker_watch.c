#include "cmd/worker_watch.h"

#include <stdlib.h>

#include "cmd/common_settings.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/parts.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"
#include "lib/store/queue.h"
#include "lib/web/monitor.h"
#include "lib/web/server.h"

enum {
	KV_TIMEOUT_MS = 2000,
	CLOCK_APART_MS = 30000,
	MONITOR_CONNECTIONS = 8,
};

struct watch {
	const struct settings *settings;
	const struct workshop *shop;
	struct kv *kv;
	struct directory *directory;
	struct monitor monitor;
	struct server *door;
};

struct watch *
watch_new(const struct settings *settings, const struct workshop *shop,
    const struct secret *bind_password, struct deadline *deadline)
{
	struct watch *watch = calloc(1, sizeof *watch);
	const struct directory_input input = {.conf = &settings->directory,
	    .attributes = &settings->attributes,
	    .own_domains = &settings->site.own_domains,
	    .bind_dn = settings->directory.bind_dn,
	    .password = bind_password,
	    .only_first_uri = true,
	    .deadline = deadline};

	if (watch == NULL)
		err_no_memory();
	watch->settings = settings;
	watch->shop = shop;
	watch->kv = kv_new(&settings->redis, KV_WORKER, KV_TIMEOUT_MS);
	watch->directory = directory_new(&input);
	watch->monitor =
	    (struct monitor){.meters = shop->meters, .parts = shop->parts};
	for (int lane = LANE_INTERACTIVE; lane <= LANE_BULK; lane++) {
		metrics_set(meters_of(shop->meters), METER_THREADS,
		    (size_t)lane, 0, settings->worker.threads);
		metrics_set(meters_of(shop->meters), METER_THREADS_BUSY,
		    (size_t)lane, 0, 0);
	}
	return watch;
}

void
watch_free(struct watch *watch)
{
	server_stop(watch->door);
	directory_free(watch->directory);
	kv_free(watch->kv);
	free(watch);
}

void
watch_open_door(struct watch *watch)
{
	struct err err = {0};
	static const struct net_prefixes nobody;
	const struct server_input input = {
	    .listen = watch->settings->worker.metrics_listen,
	    .connections = MONITOR_CONNECTIONS,
	    .trusted = &nobody,
	    .handler = monitor_handle,
	    .context = &watch->monitor};

	if (input.listen[0] == '\0')
		return;
	watch->door = server_start(&input, &err);
	if (watch->door == NULL)
		log_event(LOG_LEVEL_WARN, "monitor.unavailable", "reason",
		    err.text, NULL);
}

static void
tell_failure(struct watch *watch, enum meter_part part, const char *event,
    const struct err *err)
{
	(void)parts_set(watch->shop->parts, part, parts_class(err));
	log_event(LOG_LEVEL_ERROR, event, "reason", err->text, NULL);
}

static void
judge_clock(struct watch *watch, int64_t theirs)
{
	int64_t apart = clock_now_ms() - theirs;
	bool is_apart = apart > CLOCK_APART_MS || apart < -CLOCK_APART_MS;

	metrics_set(meters_of(watch->shop->meters), METER_CLOCK, 0, 0, apart);
	(void)parts_set(
	    watch->shop->parts, PART_CLOCK, is_apart ? "apart" : "ok");
	if (is_apart)
		log_event(LOG_LEVEL_ERROR, "clock.apart", "reason",
		    "more than 30 s from Redis", NULL);
}

/* NULL: nobody knows. */
static void
show_queue(struct watch *watch, const struct queue_state *state)
{
	static const struct queue_state none = {METRICS_UNKNOWN,
	    METRICS_UNKNOWN, METRICS_UNKNOWN, METRICS_UNKNOWN, METRICS_UNKNOWN,
	    METRICS_UNKNOWN, METRICS_UNKNOWN};
	struct metrics *metrics = meters_of(watch->shop->meters);

	if (state == NULL)
		state = &none;
	metrics_set(
	    metrics, METER_QUEUE_DEPTH, QUEUE_MAIL, 0, state->mail_waiting);
	metrics_set(
	    metrics, METER_QUEUE_DEPTH, QUEUE_BULK, 0, state->bulk_waiting);
	metrics_set(
	    metrics, METER_QUEUE_AGE, QUEUE_MAIL, 0, state->mail_oldest_ms);
	metrics_set(
	    metrics, METER_QUEUE_AGE, QUEUE_BULK, 0, state->bulk_oldest_ms);
	metrics_set(metrics, METER_QUEUE_HELD, 0, 0, state->held);
	metrics_set(metrics, METER_QUEUE_DEAD, 0, 0, state->dead);
}

/* The functions are ours to load; and its clock must be ours, or requests look
 * stale or unborn. */
static void
look_at_redis(struct watch *watch)
{
	struct queue_state state;
	struct err err = {0};
	int64_t theirs;

	if (kv_load_functions(watch->kv, &err) != 0 ||
	    kv_time(watch->kv, &theirs, &err) != 0 ||
	    queue_state(watch->kv, &state, &err) != 0) {
		show_queue(watch, NULL);
		tell_failure(watch, PART_REDIS, "redis.unavailable", &err);
		return;
	}
	(void)parts_set(watch->shop->parts, PART_REDIS, "ok");
	show_queue(watch, &state);
	judge_clock(watch, theirs);
}

static void
look_at_directory(struct watch *watch)
{
	struct err err = {0};

	if (directory_ping(watch->directory, &err) != 0)
		tell_failure(
		    watch, PART_DIRECTORY, "directory.unavailable", &err);
	else if (parts_set(watch->shop->parts, PART_DIRECTORY, "ok"))
		log_event(LOG_LEVEL_INFO, "directory.ready", NULL);
}

void
watch_look(struct watch *watch)
{
	look_at_redis(watch);
	look_at_directory(watch);
}
