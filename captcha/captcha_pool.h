/*
 * captcha_pool - pictures that are ready before anybody asks for them.
 *
 * What a picture shows depends on the random part of its id and its digits,
 * and on nothing that is only known when a form is made (purpose, price,
 * expiry). So a thread prepares POOL_READY of them, one every POOL_PACE_MS at
 * most (a thirtieth of a core); a form takes one and seals an id around it; its
 * picture is then kept among the last POOL_KEPT, and asking for it is a copy.
 *
 * Nothing depends on it: with none ready, or asked of another process, the
 * same id gives the same picture, drawn when it is asked for. Memory is fixed,
 * POOL_BYTES a picture; digits are wiped when their form is made.
 *
 * Ownership: one for the process; any thread. pool may be NULL: none is ready,
 * nothing is kept.
 */
#ifndef CAPTCHA_CAPTCHA_POOL_H
#define CAPTCHA_CAPTCHA_POOL_H

#include "captcha/captcha.h"

enum {
	POOL_READY = 64,
	POOL_KEPT = 256,
	POOL_BYTES = 2048, /* a picture that is larger is not kept */
	POOL_PACE_MS = 10, /* twice the forms of a first morning's minute */
};

struct captcha_pool;

/* key must outlive it. NULL when no thread can be had. */
struct captcha_pool *captcha_pool_new(const unsigned char key[SECRET_KEY]);
void captcha_pool_free(struct captcha_pool *pool);

/* captcha_make(), with a picture that is ready when there is one. */
void captcha_pool_make(struct captcha_pool *pool,
    const unsigned char key[SECRET_KEY], enum captcha_purpose purpose,
    unsigned pow_bits, int64_t now_ms, char id[CAPTCHA_ID]);

/* LOOKUP_ABSENT: not kept, or not (or no longer) an id of ours. */
enum lookup captcha_pool_find(struct captcha_pool *pool, const char *id,
    int64_t now_ms, struct buf *out) MUST_CHECK;
/* Keeps what captcha_png() has drawn. */
void captcha_pool_keep(
    struct captcha_pool *pool, const char *id, const void *bytes, size_t len);

/* How many are ready, for the curious. */
size_t captcha_pool_ready(struct captcha_pool *pool);

#endif
