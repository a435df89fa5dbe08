/*
 * asker - what the web process may use to submit a request, and the one way
 * to do it.
 *
 * Every guarded form goes through asker_submit(): captcha, limits, seal,
 * admit - one round trip to Redis, and nobody is looked up. The answer is
 * therefore written before anyone knows whether the person exists.
 *
 * Ownership: the caller's, for the life of the process; read-only, so any
 * thread may use it.
 */
#ifndef LIB_FLOW_ASKER_H
#define LIB_FLOW_ASKER_H

#include <stddef.h>
#include <stdint.h>

#include "captcha/captcha.h"
#include "lib/base/base.h"
#include "lib/flow/visitor.h"
#include "lib/store/envelope.h"
#include "lib/store/limiter.h"

struct arena;
struct buf;
struct captcha_pool;
struct err;
struct kv_pool;
struct meters;
struct now_client;
struct parts;
struct toll;

enum {
	ASKER_POOL_WAIT_MS = 300,
	ASKER_KV_TIMEOUT_MS = 700, /* "Redis gone" is told within a second */
};

struct asker {
	const struct limits_conf *limits;
	const struct captcha_conf *captcha;
	const unsigned char *captcha_key;
	const unsigned char *limiter_key;
	const struct envelope_sealer *sealer;
	struct kv_pool *pool;
	struct now_client *now;
	struct toll *toll;             /* atomic */
	struct captcha_pool *pictures; /* NULL: none is ready beforehand */
	struct meters *meters;         /* NULL: nobody counts */
};

/* What the visitor may know. */
enum ask_end {
	ASK_ACCEPTED, /* the same for everyone */
	ASK_FAULTS,   /* fields are not well-formed: each has its own fault */
	ASK_CAPTCHA,  /* wrong, expired or used: a new one, fields kept */
	ASK_LIMITED,  /* retry_after_s */
	ASK_CLOSED,   /* a back end is away: 503; err says which, for the log */
};

struct ask_answer {
	enum ask_end end;
	long retry_after_s;
};

/* A fresh captcha id for a form; difficulty as in force now, in bits. */
unsigned asker_captcha(const struct asker *asker, enum captcha_purpose purpose,
    char id[CAPTCHA_ID]);

struct submission {
	enum request_kind kind;
	enum captcha_purpose purpose;
	const struct captcha_answer *captcha;
	const struct visitor *visitor;
	/* Checks about the submitted identity; the address goes before. */
	const struct limit_list *identity;
	const void *payload;
	size_t len;
};

struct ask_answer asker_submit(const struct asker *asker,
    const struct submission *submission, struct err *err);

/*
 * Captcha and limits alone, for a form whose request is interactive. identity:
 * checks about what was typed, known or not. A captcha lets one request through
 * and no second one.
 */
struct ask_answer asker_admit(const struct asker *asker,
    enum captcha_purpose purpose, const struct captcha_answer *captcha,
    const struct visitor *visitor, const struct limit_list *identity,
    struct err *err);

/* Checks for an identity of two parts: the number with what goes with it (birth
 * date), and the number alone. */
void asker_count_pair(const struct asker *asker, const char *number,
    const char *with, struct limit_list *list);

/* Counts the visitor's address alone (interactive forms). */
struct ask_answer asker_count(
    const struct asker *asker, const struct visitor *visitor, struct err *err);

/* The address, and then what was typed: a form with a limit and no captcha. */
struct ask_answer asker_count_with(const struct asker *asker,
    const struct visitor *visitor, const struct limit_list *identity,
    struct err *err);

/* The same for looks that change nothing: counted apart, five times as wide. */
struct ask_answer asker_count_look(
    const struct asker *asker, const struct visitor *visitor, struct err *err);

/* Can requests be taken now? -1 says what is missing, and parts (may be NULL)
 * in one word; clocks more than 30 s apart are. The toll follows the pace on
 * the way. */
int asker_is_ready(
    const struct asker *asker, struct parts *parts, struct err *err) MUST_CHECK;

#endif
