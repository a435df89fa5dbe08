/*
 * desk - a web process's asker on a private Redis, for the tests of the web
 * halves: generous limits that a test may tighten, and the worker's keys to
 * read back what was queued.
 */
#ifndef TESTS_UNIT_LIB_FLOW_DESK_H
#define TESTS_UNIT_LIB_FLOW_DESK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/flow/asker.h"
#include "lib/flow/toll.h"
#include "lib/store/kv.h"
#include "lib/store/now.h"
#include "lib/store/queue.h"
#include "lib/store/store_conf.h"
#include "tests/support/redis.h"

struct desk {
	struct redis redis;
	struct limits_conf limits;
	struct captcha_conf captcha;
	unsigned char captcha_key[SECRET_KEY], limiter_key[SECRET_KEY];
	unsigned char secret_bytes[SECRET_KEY];
	struct secret secret;
	struct envelope_sealer sealer;
	struct envelope_opener opener;
	struct toll toll;
	struct asker asker;
	struct kv *kv; /* the worker's */
	struct visitor visitor;
	struct arena arena;
	struct err err;
};

static inline void
desk_start(struct desk *desk)
{
	static const struct conf_rates many = {{{1000, 60}}, 1};

	if (sodium_init() < 0)
		abort();
	memset(desk, 0, sizeof *desk);
	redis_start(&desk->redis);
	desk->limits = (struct limits_conf){.per_address = many,
	    .per_school_address = many,
	    .per_identity = many,
	    .per_number = many,
	    .per_mailbox = many,
	    .school_networks_text = ""};
	desk->captcha.calm_per_minute = 300;
	randombytes_buf(desk->captcha_key, SECRET_KEY);
	randombytes_buf(desk->limiter_key, SECRET_KEY);
	randombytes_buf(desk->secret_bytes, SECRET_KEY);
	desk->secret = (struct secret){desk->secret_bytes, SECRET_KEY};
	memcpy(desk->sealer.kid, "k1", 3);
	(void)crypto_scalarmult_base(
	    desk->sealer.public_key, desk->secret_bytes);
	memcpy(desk->opener.pairs[0].kid, "k1", 3);
	memcpy(desk->opener.pairs[0].public_key, desk->sealer.public_key,
	    SECRET_KEY);
	desk->opener.pairs[0].secret_key = &desk->secret;
	desk->opener.count = 1;
	desk->opener.operator_key = desk->opener.worker_key = desk->limiter_key;
	desk->kv = kv_new(&desk->redis.conf, KV_WORKER, 2000);
	if (kv_load_functions(desk->kv, &desk->err) != 0) {
		fprintf(stderr, "%s\n", desk->err.text);
		abort();
	}
	desk->asker = (struct asker){.limits = &desk->limits,
	    .captcha = &desk->captcha,
	    .captcha_key = desk->captcha_key,
	    .limiter_key = desk->limiter_key,
	    .sealer = &desk->sealer,
	    .toll = &desk->toll,
	    .pool = kv_pool_new(&desk->redis.conf, KV_WEB, 4, 700)};
	desk->asker.now =
	    now_client_new(&desk->redis.conf, desk->asker.pool, &desk->sealer);
	desk->visitor = (struct visitor){.language = "fr", .ref = "7K3QWBXX"};
	if (!net_parse("192.0.2.1", &desk->visitor.address))
		abort();
}

static inline void
desk_stop(struct desk *desk)
{
	now_client_free(desk->asker.now);
	kv_pool_free(desk->asker.pool);
	kv_free(desk->kv);
	redis_stop(&desk->redis);
	arena_reset(&desk->arena);
}

/* Everything in Redis but the functions. */
static inline void
desk_clear(struct desk *desk)
{
	struct kv_reply reply;

	if (kv_words(desk->kv, &desk->arena, &reply, &desk->err, "FLUSHALL",
		NULL) != 0)
		abort();
	arena_reset(&desk->arena);
}

/* How many keys match. */
static inline size_t
desk_keys(struct desk *desk, const char *pattern)
{
	struct kv_reply reply;

	if (kv_words(desk->kv, &desk->arena, &reply, &desk->err, "KEYS",
		pattern, NULL) != 0)
		abort();
	return reply.count;
}

/* The next queued request, opened; false when there is none. */
static inline bool
desk_take(struct desk *desk, struct envelope *envelope)
{
	struct queue_item item;

	switch (queue_take(
	    desk->kv, QUEUE_MAIL, 0, &desk->arena, &item, &desk->err)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_ABSENT:
		return false;
	case LOOKUP_FAILED:
		fprintf(stderr, "%s\n", desk->err.text);
		abort();
	}
	return envelope_open(&desk->opener, item.envelope, item.len,
		   &desk->arena, envelope, &desk->err) == 0;
}

#endif
