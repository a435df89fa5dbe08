/*
 * rentree-worker - opens what the web process sealed: looks people up, issues
 * and spends links, sets passwords, sends mail.
 *
 * N threads per lane (interactive, mail, bulk), each a plain loop with its own
 * connections. SIGTERM: no new request is taken, those in hand are finished.
 * A worker that is killed loses nothing either: leases run out.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/common_args.h"
#include "cmd/common_service.h"
#include "cmd/common_settings.h"
#include "cmd/worker_shop.h"
#include "cmd/worker_watch.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/resolve.h"
#include "lib/flow/lane.h"
#include "lib/flow/meters.h"
#include "lib/flow/runner.h"
#include "lib/people/totp.h"
#include "lib/store/deadline.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"
#include "lib/store/now.h"
#include "mailer/smtp.h"

#define PROGRAM "rentree-worker"

enum { KV_TIMEOUT_MS = 2000, WATCH_MS = 5000 };

struct team {
	const struct settings *settings;
	const struct shop *shop;
	const struct secret *bind_password;
	struct deadline *deadline;
	atomic_bool stop;
};

struct member {
	struct team *team;
	struct hands hands;
	struct now_server *server; /* interactive members only */
	pthread_t thread;
};

static void *
run_member(void *context)
{
	struct member *member = context;

	if (member->server != NULL)
		serve_run(&member->hands, member->server, &member->team->stop);
	else
		lane_run(&member->hands, &member->team->stop);
	return NULL;
}

static int
equip(struct member *member, enum queue_lane lane, bool interactive,
    struct err *err)
{
	const struct settings *s = member->team->settings;
	struct hands *hands = &member->hands;
	struct directory_input input = {.conf = &s->directory,
	    .attributes = &s->attributes,
	    .own_domains = &s->site.own_domains,
	    .bind_dn = s->directory.bind_dn,
	    .password = member->team->bind_password,
	    .only_first_uri = true,
	    .meter = meters_backend(
		member->team->shop->work.meters, ERROR_DIRECTORY),
	    .deadline = member->team->deadline};
	const struct meter redis =
	    meters_backend(member->team->shop->work.meters, ERROR_REDIS);

	hands->shop = &member->team->shop->work;
	hands->lane = lane;
	hands->kv = kv_new(&s->redis, KV_WORKER, KV_TIMEOUT_MS);
	kv_observe(hands->kv, &redis);
	hands->directory = directory_new(&input);
	hands->names = resolve_new();
	if (interactive) {
		member->server = now_server_new(&s->redis);
		return 0;
	}
	if (s->directory.uri.count > 1) {
		input.only_first_uri = false;
		hands->reader = directory_new(&input);
	}
	hands->smtp = smtp_new(&s->mail, err);
	return hands->smtp == NULL ? -1 : 0;
}

static void
dismiss(struct member *member)
{
	now_server_free(member->server);
	smtp_free(member->hands.smtp);
	directory_free(member->hands.directory);
	directory_free(member->hands.reader);
	resolve_free(member->hands.names);
	kv_free(member->hands.kv);
	arena_reset(&member->hands.arena);
}

static int
start(struct member *members, size_t count, size_t per_lane, struct team *team,
    struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		bool interactive = i < per_lane;
		enum queue_lane lane =
		    i < 2 * per_lane ? QUEUE_MAIL : QUEUE_BULK;

		members[i].team = team;
		if (equip(&members[i], lane, interactive, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (pthread_create(
			&members[i].thread, NULL, run_member, &members[i]) != 0)
			abort();
	return 0;
}

static bool
are_all_turning(const struct member *members, size_t count)
{
	int64_t mono_ms = clock_mono_ms();

	for (size_t i = 0; i < count; i++)
		if (!lane_is_turning(&members[i].hands, mono_ms))
			return false;
	return true;
}

/* Until we are asked to leave, or cannot go on: threads fork no second runner
 * safely, so our supervisor starts all of us again. */
static int
watch_over(const struct member *members, size_t count, struct watch *watch,
    const struct runner *runner, struct err *err)
{
	long watch_ms = service_watch_ms(WATCH_MS);

	while (!daemon_wait(watch_ms)) {
		service_beat(are_all_turning(members, count),
		    "a thread has been busy with one request for too long");
		watch_look(watch);
		if (runner != NULL && !runner_is_alive(runner))
			return err_set(err, ERR_INTERNAL,
			    "the process that runs hooks has died");
	}
	return 0;
}

static int
work(const struct settings *settings, const struct shop *shop, bool only_check,
    struct err *err)
{
	size_t per_lane = (size_t)settings->worker.threads;
	struct team team = {.settings = settings, .shop = shop};
	struct secret password = {0};
	struct member *members;
	struct watch *watch;
	int rc;

	if (secret_read_password(
		settings->directory.bind_password_file, &password, err) != 0)
		return -1;
	if (only_check) {
		secret_free(&password);
		return 0;
	}
	members = calloc(3 * per_lane, sizeof *members);
	if (members == NULL)
		abort();
	team.bind_password = &password;
	team.deadline = deadline_new();
	watch = watch_new(settings, &shop->work, &password, team.deadline);
	watch_look(watch);
	watch_open_door(watch);
	rc = start(members, 3 * per_lane, per_lane, &team, err);
	if (rc == 0) {
		log_event(LOG_LEVEL_INFO, "started", "version", RENTREE_VERSION,
		    NULL);
		service_ready();
		rc = watch_over(
		    members, 3 * per_lane, watch, shop->work.runner, err);
		service_stopping();
		log_event(rc == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    "stopping", "reason", err->text, NULL);
		atomic_store(&team.stop, true);
		for (size_t i = 0; i < 3 * per_lane; i++)
			pthread_join(members[i].thread, NULL);
	}
	for (size_t i = 0; i < 3 * per_lane; i++)
		dismiss(&members[i]);
	watch_free(watch);
	deadline_free(team.deadline);
	free(members);
	secret_free(&password);
	return rc;
}

/* Before keys are read and before there are threads. */
static int
start_runner(
    const struct settings *settings, struct runner **runner, struct err *err)
{
	const char *program = settings->hooks.after_password_change;

	if (program[0] == '\0')
		return 0;
	*runner = runner_start(program, err);
	return *runner == NULL ? -1 : 0;
}

static int
open_and_work(const struct settings *settings, bool only_check,
    const struct runner *runner, struct err *err)
{
	struct shop shop = {0};
	int rc = -1;

	if (directory_library_init(err) == 0 && smtp_library_init(err) == 0 &&
	    totp_library_init(err) == 0 &&
	    shop_open(&shop, settings, err) == 0) {
		shop.work.runner = runner;
		rc = work(settings, &shop, only_check, err);
	}
	shop_close(&shop);
	return rc;
}

int
main(int argc, char **argv)
{
	struct runner *runner = NULL;
	struct daemon_args args;
	struct settings settings;
	struct err err = {0};
	int code;

	code = daemon_args_read(argc, argv, PROGRAM,
	    "Serves the requests the web process queued.", &args);
	if (code >= 0)
		return code;
	code = daemon_prepare(PROGRAM);
	if (code == 0)
		code = settings_load(&settings, args.config);
	if (code != 0)
		return code;
	if ((!args.only_check && start_runner(&settings, &runner, &err) != 0) ||
	    open_and_work(&settings, args.only_check, runner, &err) != 0) {
		fprintf(stderr, "%s: %s\n", PROGRAM, err.text);
		code = err_exit_code(err.kind);
	}
	runner_stop(runner);
	settings_free(&settings);
	return code;
}
