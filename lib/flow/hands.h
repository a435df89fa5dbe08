/*
 * hands - what a worker thread works with.
 *
 * The first part is the process's: settings, keys, texts, read-only and shared
 * by all threads. The second is this thread's own: one connection to each back
 * end, and an arena that is wiped after every request. A flow's worker half
 * gets hands and an opened envelope, and says how the request ended.
 */
#ifndef LIB_FLOW_HANDS_H
#define LIB_FLOW_HANDS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/flow/visitor.h"
#include "lib/store/envelope.h"
#include "lib/store/queue.h"

struct attributes_conf;
struct audit;
struct catalogue;
struct desk_conf;
struct digest_keys;
struct directory;
struct err;
struct hooks_conf;
struct kv;
struct limits_conf;
struct mail_conf;
struct meters;
struct parts;
struct password_conf;
struct password_words;
struct resolve;
struct runner;
struct site_conf;
struct smtp;
struct template_set;

enum { HANDS_LANGUAGES_MAX = 4 };

/* The process's part. */
struct workshop {
	const struct site_conf *site;
	const struct limits_conf *limits;
	const struct mail_conf *mail;
	const struct password_conf *password;
	const struct hooks_conf *hooks;
	const struct desk_conf *desk;
	const struct attributes_conf *attributes;
	const struct runner *runner; /* NULL = there is no program to run */
	const struct digest_keys *numbers;
	const struct password_words *words;
	const struct template_set *letters;
	const struct catalogue *catalogues[HANDS_LANGUAGES_MAX + 1];
	struct envelope_opener opener;
	struct envelope_sealer sealer;       /* with the worker's MAC key */
	unsigned char token_key[SECRET_KEY]; /* sub-keys of record.key */
	unsigned char limit_key[SECRET_KEY];
	unsigned char session_key[SECRET_KEY]; /* of the desk */
	unsigned char factor_key[SECRET_KEY];  /* its second factor */
	struct audit *audit;
	struct meters *meters; /* NULL: nobody counts */
	struct parts *parts;   /* NULL: nobody asks */
};

struct hands {
	const struct workshop *shop;
	enum queue_lane lane;
	uint32_t attempt; /* of the request in hand */
	/* … its support reference, "" until it was read, and its kind */
	char ref[FLOW_REF + 1];
	enum request_kind kind;
	struct kv *kv;
	struct directory *directory; /* the first URI: read where one writes */
	struct directory *reader;    /* any; NULL: only the first */
	struct smtp *smtp;
	struct resolve *names;
	int64_t bind_ms;        /* what the last bind as a person took */
	bool no_decoy;          /* when it was last looked for (signin.c) */
	atomic_llong turned_ms; /* when its loop last came round (lane.h) */
	struct arena arena;
};

/* The request in hand is this person's: its log lines carry the reference. */
void hands_refer(struct hands *hands, const char *ref);

/* How a durable request ended. */
struct request_end {
	enum { REQUEST_FINISHED, REQUEST_LATER } verdict;
	long delay_ms; /* for REQUEST_LATER */
};

struct request_end request_finished(void);
/* Back-off for a back end that is away: 2 s doubling to 5 min, with jitter,
 * by attempt. */
struct request_end request_later(uint32_t attempt);
struct request_end request_later_in(long delay_ms);

/* The catalogue of a language; the site's first when we have no such one. */
const struct catalogue *hands_catalogue(
    const struct workshop *shop, const char *language);

#endif
