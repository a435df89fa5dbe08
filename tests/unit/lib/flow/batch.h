/*
 * batch - provision on a private slapd and Redis, with a clock of its own: CSV
 * text in, counts out, and what the directory holds afterwards.
 */
#ifndef TESTS_UNIT_LIB_FLOW_BATCH_H
#define TESTS_UNIT_LIB_FLOW_BATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/people_conf.h"
#include "lib/store/envelope.h"
#include "lib/store/kv.h"
#include "lib/store/queue.h"
#include "tests/support/house.h"
#include "tests/support/redis.h"

#define DAY (24 * 3600 * INT64_C(1000))
#define HEAD                                                                   \
	"type;numen;ine;employe;nom_naissance;nom_usage;prenoms;"              \
	"date_naissance;uai;courriel_perso;debut;fin\n"

struct batch {
	struct house house;
	struct redis redis;
	struct directory *directory;
	struct kv *kv;
	struct envelope_sealer sealer;
	unsigned char key_bytes[SECRET_KEY], old_bytes[SECRET_KEY];
	unsigned char mac[SECRET_KEY], secret[SECRET_KEY];
	struct secret key, old;
	struct digest_keys keys;
	struct provision_conf conf;
	struct site_conf site;
	struct provision provision;
	char moderation[96];
	struct arena arena; /* of a test */
	struct buf lines;
	struct err err;
	struct provision_counts planned, applied;
	int64_t feed_ms; /* when feeds are written; 0 = at the batch's time */
	char *plan;      /* text of the last one */
	size_t plan_len;
};

static inline void
batch_on_line(void *context, const char *line)
{
	buf_addf(&((struct batch *)context)->lines, "%s\n", line);
}

static inline void
batch_on_progress(void *context, const char *what, size_t done, size_t total)
{
	(void)context;
	(void)what;
	(void)done;
	(void)total;
}

static inline void
batch_settings(struct batch *batch)
{
	struct house *house = &batch->house;

	batch->feed_ms = 0;
	batch->conf = (struct provision_conf){.login = "{given:1}{family}",
	    .match = house_names(house, "employeeNumber"),
	    .registry_base = SLAPD_LOGINS,
	    .login_max = 20,
	    .mail = "{given}.{family}@ac-test.fr",
	    .alias = "mail",
	    .max_disable = 100,
	    .max_rename = 100,
	    .moderation = "",
	    .trailer = "",
	    .grace_student_s = 92 * 86400,
	    .grace_staff_s = 62 * 86400,
	    .grace_external_s = 86400};
	batch->site = (struct site_conf){.name = "Test",
	    .languages = house_names(house, "fr"),
	    .own_domains = house->own_domains};
	batch->provision = (struct provision){.conf = &batch->conf,
	    .site = &batch->site,
	    .people_base = SLAPD_PEOPLE,
	    .numbers = &batch->keys,
	    .directory = batch->directory,
	    .kv = batch->kv,
	    .sealer = &batch->sealer,
	    .moderation = batch->moderation,
	    .force = -1,
	    .year = 2026,
	    .now_ms = clock_now_ms(),
	    .on_line = batch_on_line,
	    .on_progress = batch_on_progress,
	    .context = batch};
}

static inline void
batch_start(struct batch *batch)
{
	if (sodium_init() < 0)
		abort();
	memset(batch, 0, sizeof *batch);
	house_start(&batch->house, NULL, NULL);
	redis_start(&batch->redis);
	batch->directory = house_provision(&batch->house);
	batch->kv = kv_new(&batch->redis.conf, KV_WORKER, 2000);
	if (kv_load_functions(batch->kv, &batch->err) != 0)
		abort();
	randombytes_buf(batch->mac, SECRET_KEY);
	randombytes_buf(batch->secret, SECRET_KEY);
	memset(batch->key_bytes, 7, SECRET_KEY);
	memset(batch->old_bytes, 6, SECRET_KEY);
	batch->key = (struct secret){batch->key_bytes, SECRET_KEY};
	batch->old = (struct secret){batch->old_bytes, SECRET_KEY};
	batch->keys = (struct digest_keys){
	    .list = {{"2", &batch->key}, {"1", &batch->old}}, .count = 2};
	memcpy(batch->sealer.kid, "k1", 3);
	(void)crypto_scalarmult_base(batch->sealer.public_key, batch->secret);
	batch->sealer.mac_key = batch->mac;
	(void)snprintf(batch->moderation, sizeof batch->moderation,
	    "%s/moderation.jsonl", batch->house.slapd.folder);
	buf_init(&batch->lines, 1024 * 1024);
	batch_settings(batch);
}

static inline void
batch_stop(struct batch *batch)
{
	free(batch->plan);
	buf_free(&batch->lines);
	arena_reset(&batch->arena);
	(void)unlink(batch->moderation);
	directory_free(batch->directory);
	kv_free(batch->kv);
	redis_stop(&batch->redis);
	house_stop(&batch->house);
}

/* --- running -------------------------------------------------------------- */

static inline void
batch_set_time(const char *path, int64_t ms)
{
	const struct timespec when = {
	    .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	const struct timespec both[] = {when, when};

	if (utimensat(AT_FDCWD, path, both, 0) != 0)
		abort();
}

/* A file of rows that follow HEAD, written at ms; path has 32 bytes. */
static inline void
batch_write_feed(char *path, const char *rows, int64_t ms)
{
	int fd;
	FILE *feed;

	(void)snprintf(path, 32, "/tmp/rentree-feed-XXXXXX");
	fd = mkstemp(path);
	feed = fdopen(fd, "w");
	if (feed == NULL)
		abort();
	(void)fprintf(feed, HEAD "%s", rows);
	(void)fclose(feed);
	batch_set_time(path, ms);
}

static inline int
batch_plan_files(struct batch *batch, const char *const *files)
{
	FILE *out;
	int rc;

	buf_clear(&batch->lines);
	free(batch->plan);
	batch->plan = NULL;
	batch->planned = batch->applied = (struct provision_counts){0};
	out = open_memstream(&batch->plan, &batch->plan_len);
	rc = provision_plan(
	    &batch->provision, files, out, NULL, &batch->planned, &batch->err);
	(void)fclose(out);
	return rc;
}

/* Plans; rows follow HEAD. */
static inline int
batch_plan(struct batch *batch, const char *rows)
{
	char path[32];
	const char *files[] = {path, NULL};
	int rc;

	batch_write_feed(path, rows,
	    batch->feed_ms != 0 ? batch->feed_ms : batch->provision.now_ms);
	rc = batch_plan_files(batch, files);
	(void)unlink(path);
	return rc;
}

static inline int
batch_apply(struct batch *batch)
{
	FILE *plan = tmpfile();
	int rc;

	if (plan == NULL ||
	    fwrite(batch->plan, 1, batch->plan_len, plan) != batch->plan_len)
		abort();
	rewind(plan);
	batch->applied = (struct provision_counts){0};
	rc = provision_apply(
	    &batch->provision, plan, "x.plan", &batch->applied, &batch->err);
	(void)fclose(plan);
	return rc;
}

static inline void
batch_run(struct batch *batch, const char *rows)
{
	if (batch_plan(batch, rows) != 0 || batch->planned.refused != 0 ||
	    batch_apply(batch) != 0) {
		fprintf(
		    stderr, "%s\n%s", batch->err.text, buf_text(&batch->lines));
		abort();
	}
}

/* --- looking -------------------------------------------------------------- */

struct batch_look {
	struct arena *arena;
	struct buf out;
	const char *const *attributes;
};

static inline int
batch_on_entry(
    const struct directory_entry *entry, void *context, struct err *err)
{
	struct batch_look *look = context;

	(void)err;
	for (size_t i = 0; look->attributes[i] != NULL; i++)
		for (char **value = entry->values[i]; *value != NULL; value++)
			buf_addf(&look->out, "%s\n", *value);
	return 0;
}

static inline int
batch_by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Many are written at a time: entries have no order. */
static inline const char *
batch_sorted(struct batch *batch, const char *lines)
{
	size_t count;
	char **list = text_split(&batch->arena, lines, "\n", &count);
	const char *text = "";

	qsort(list, count, sizeof *list, batch_by_text);
	for (size_t i = 0; i < count; i++)
		text = arena_printf(
		    &batch->arena, "%s%s%s", text, i > 0 ? " | " : "", list[i]);
	return text;
}

/* All values of attribute of the accounts that fit filter, sorted, " | "
 * between. */
static inline const char *
batch_find(struct batch *batch, const char *filter, const char *attribute)
{
	const char *const attributes[] = {attribute, NULL};
	struct batch_look look = {
	    .arena = &batch->arena, .attributes = attributes};
	const char *text;

	buf_init(&look.out, 1024 * 1024);
	if (directory_sweep(batch->directory, SLAPD_PEOPLE, filter, attributes,
		batch_on_entry, &look, &batch->err) != 0)
		abort();
	text = batch_sorted(batch, buf_text(&look.out));
	buf_free(&look.out);
	return text;
}

static inline const char *
batch_get(struct batch *batch, const char *login, const char *attribute)
{
	return batch_find(
	    batch, arena_printf(&batch->arena, "(uid=%s)", login), attribute);
}

static inline int
batch_delete_entry(
    const struct directory_entry *entry, void *context, struct err *err)
{
	(void)err;
	buf_addf(context, "dn: %s\nchangetype: delete\n\n", entry->dn);
	return 0;
}

/* Nobody is left, and no name. */
static inline void
batch_clear(struct batch *batch)
{
	static const char *const none[] = {"uid", NULL};
	struct kv_reply reply;
	struct buf ldif;

	buf_init(&ldif, 16 * 1024 * 1024);
	if (directory_sweep(batch->directory, SLAPD_PEOPLE, "(uid=*)", none,
		batch_delete_entry, &ldif, &batch->err) != 0 ||
	    directory_sweep(batch->directory, SLAPD_LOGINS,
		"(objectClass=rentreeReservation)", none, batch_delete_entry,
		&ldif, &batch->err) != 0 ||
	    kv_words(batch->kv, &batch->arena, &reply, &batch->err, "FLUSHDB",
		NULL) != 0)
		abort();
	if (ldif.len > 0)
		slapd_change(&batch->house.slapd, buf_text(&ldif));
	buf_free(&ldif);
	(void)unlink(batch->moderation);
	batch_settings(batch);
	arena_reset(&batch->arena);
}

/* Requests that were queued and not taken. */
static inline int64_t
batch_queued(struct batch *batch)
{
	struct queue_state state;

	if (queue_state(batch->kv, &state, &batch->err) != 0)
		abort();
	return state.bulk_waiting;
}

#endif
