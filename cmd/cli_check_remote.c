#include <stdlib.h>
#include <string.h>

#include "cmd/cli_check.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/deadline.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"
#include "mailer/smtp.h"

/* Above this, requests are dropped as too old or from the future. */
enum { SKEW_MAX_MS = 30000 };

/* --- the directory -------------------------------------------------------- */

/* One identity: as what its lines are known, and who it is. */
struct identity {
	struct check_run *run;
	const char *name;
	const char *bind_dn, *password_file;
};

/* "ok directory: sentence", under the identity's own name. */
static void
on_line(const char *line, void *context)
{
	struct identity *identity = context;
	const char *sentence = strstr(line, ": ");
	enum check_verdict verdict = CHECK_FAIL;

	if (text_has_prefix(line, "ok "))
		verdict = CHECK_OK;
	else if (text_has_prefix(line, "warn "))
		verdict = CHECK_WARN;
	cli_check_say(identity->run, verdict, identity->name, "%s",
	    sentence != NULL ? sentence + 2 : line);
}

/* Somebody who is not there is looked for: does the server answer at all? */
static int
reach(const struct directory_input *input, struct err *err)
{
	struct directory *directory = directory_new(input);
	struct arena arena = {0};
	struct person person;
	enum lookup got;

	got = directory_find_login(
	    directory, "rentree-check", &arena, &person, err);
	arena_reset(&arena);
	directory_free(directory);
	return got == LOOKUP_FAILED && err->kind == ERR_UNAVAILABLE ? -1 : 0;
}

/* A server that is away is no mistake of the configuration, and the rest of
 * them is asked all the same. */
static bool
reach_each(struct identity *identity, const struct directory_input *input)
{
	const struct conf_words *uris = &input->conf->uri;
	bool all = true;

	for (size_t i = 0; i < uris->count; i++) {
		char *list[] = {uris->list[i], NULL};
		struct directory_conf conf = *input->conf;
		struct directory_input one = *input;
		struct err err = {0};

		conf.uri = (struct conf_words){list, 1};
		one.conf = &conf;
		if (reach(&one, &err) == 0)
			continue;
		err_in(&err, "%s", uris->list[i]);
		cli_check_fail(identity->run, identity->name, &err);
		all = false;
	}
	return all;
}

static void
check_identity(struct identity *identity, struct deadline *deadline)
{
	struct cli *cli = identity->run->cli;
	const struct settings *s = &cli->settings;
	struct secret password = {0};
	struct directory_input input = {.conf = &s->directory,
	    .attributes = &s->attributes,
	    .own_domains = &s->site.own_domains,
	    .bind_dn = identity->bind_dn,
	    .password = &password,
	    .deadline = deadline};
	struct directory *directory;
	struct err err = {0};

	if (secret_read_password(identity->password_file, &password, &err) !=
	    0) {
		cli_check_fail(identity->run, identity->name, &err);
		return;
	}
	if (reach_each(identity, &input)) {
		directory = directory_new(&input);
		/* Its lines have said why. */
		if (directory_check(directory, on_line, identity, &err) != 0)
			identity->run->is_misconfigured = true;
		if (identity->bind_dn == s->directory.bind_dn)
			cli_check_desk(identity->run, directory);
		directory_free(directory);
	}
	secret_free(&password);
}

void
cli_check_directory(struct check_run *run)
{
	const struct settings *s = &run->cli->settings;
	struct identity worker = {run, "directory", s->directory.bind_dn,
	    s->directory.bind_password_file};
	struct identity batch = {run, "provision", s->provision.bind_dn,
	    s->provision.bind_password_file};
	struct deadline *deadline;
	struct err err = {0};

	if (directory_library_init(&err) != 0) {
		cli_check_fail(run, "directory", &err);
		return;
	}
	deadline = deadline_new();
	check_identity(&worker, deadline);
	check_identity(&batch, deadline);
	deadline_free(deadline);
}

/* --- Redis ---------------------------------------------------------------- */

static void
check_clocks(struct check_run *run, int64_t redis_ms)
{
	int64_t apart_ms = llabs(clock_now_ms() - redis_ms);

	if (apart_ms > SKEW_MAX_MS)
		cli_check_say(run, CHECK_FAIL, "redis",
		    "its clock and ours are %lld s apart: requests would be "
		    "dropped; run NTP",
		    (long long)(apart_ms / 1000));
	else
		cli_check_say(
		    run, CHECK_OK, "redis", "reached; its clock agrees");
}

/* A setting of the server, in arena; NULL when we may not ask. */
static const char *
setting(struct kv *kv, const char *name, struct arena *arena)
{
	struct kv_reply reply;
	struct err err = {0};

	if (kv_words(kv, arena, &reply, &err, "CONFIG", "GET", name, NULL) !=
		0 ||
	    reply.type != KV_LIST || reply.count != 2 ||
	    reply.items[1].bytes == NULL)
		return NULL;
	return reply.items[1].bytes;
}

static const struct {
	const char *name, *wanted, *why;
} settings_wanted[] = {
    {"appendonly", "yes", "requests are lost with the machine"},
    {"appendfsync", "always", "the last second of requests can be lost"},
    {"maxmemory-policy", "noeviction", "requests may be evicted"},
};

static void
check_settings(struct check_run *run, struct kv *kv)
{
	for (size_t i = 0; i < COUNT_OF(settings_wanted); i++) {
		const char *name = settings_wanted[i].name;
		const char *wanted = settings_wanted[i].wanted;
		const char *value = setting(kv, name, &run->cli->arena);

		if (value == NULL) {
			cli_check_say(run, CHECK_WARN, "redis",
			    "CONFIG GET is not permitted: see for yourself "
			    "that %s is %s, and so on (rentree(1))",
			    name, wanted);
			return;
		}
		if (strcmp(value, wanted) != 0)
			cli_check_say(run, CHECK_WARN, "redis",
			    "%s is %s, not %s: %s", name, value, wanted,
			    settings_wanted[i].why);
		else
			cli_check_say(
			    run, CHECK_OK, "redis", "%s is %s", name, value);
	}
}

void
cli_check_redis(struct check_run *run)
{
	struct cli *cli = run->cli;
	struct err err = {0};
	int64_t redis_ms;

	if (cli_kv(cli, &err) != 0 || kv_time(cli->kv, &redis_ms, &err) != 0) {
		cli_check_fail(run, "redis", &err);
		return;
	}
	check_clocks(run, redis_ms);
	if (kv_check_functions(cli->kv, &err) == 0)
		cli_check_say(
		    run, CHECK_OK, "redis", "our functions are there");
	else
		cli_check_fail(run, "redis", &err);
	check_settings(run, cli->kv);
}

/* --- mail ----------------------------------------------------------------- */

void
cli_check_mail(struct check_run *run)
{
	const struct mail_conf *conf = &run->cli->settings.mail;
	struct smtp *smtp = NULL;
	struct err err = {0};

	if (smtp_library_init(&err) == 0)
		smtp = smtp_new(conf, &err);
	if (smtp != NULL && smtp_check(smtp, &err) == 0)
		cli_check_say(run, CHECK_OK, "mail", "%s answers", conf->smtp);
	else
		cli_check_fail(run, "mail", &err);
	smtp_free(smtp);
}
