#include "captcha/captcha_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "captcha/challenge.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

struct drawn {
	char name[CHALLENGE_NAME + 1]; /* how its id begins */
	size_t len;                    /* 0: none */
	unsigned char bytes[POOL_BYTES];
};

struct prepared {
	struct challenge challenge;
	struct drawn drawn;
};

struct captcha_pool {
	const unsigned char *key;
	pthread_t thread;
	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t wanted;
	bool stop;
	struct prepared ready[POOL_READY];
	size_t ready_count;
	struct drawn kept[POOL_KEPT];
	size_t next; /* of kept: the oldest */
};

/* False when it was too large, which has not been seen. */
static bool
prepare(const unsigned char key[SECRET_KEY], struct prepared *prepared)
{
	struct drawn *drawn = &prepared->drawn;
	struct err err = {0};
	struct buf bytes;
	bool fits;

	challenge_shuffle(&prepared->challenge);
	buf_init(&bytes, POOL_BYTES);
	fits = challenge_draw(key, &prepared->challenge, &bytes, &err) == 0;
	if (fits) {
		sodium_bin2base64(drawn->name, sizeof drawn->name,
		    prepared->challenge.nonce, CHALLENGE_NONCE,
		    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		memcpy(drawn->bytes, bytes.bytes, bytes.len);
		drawn->len = bytes.len;
	}
	buf_free(&bytes);
	return fits;
}

static bool
wait_until_wanted(struct captcha_pool *pool)
{
	bool stop;

	pthread_mutex_lock(&pool->mutex);
	while (!pool->stop && pool->ready_count == POOL_READY)
		pthread_cond_wait(&pool->wanted, &pool->mutex);
	stop = pool->stop;
	pthread_mutex_unlock(&pool->mutex);
	return !stop;
}

static void *
run(void *context)
{
	struct captcha_pool *pool = context;
	struct prepared prepared;

	while (wait_until_wanted(pool)) {
		if (prepare(pool->key, &prepared)) {
			pthread_mutex_lock(&pool->mutex);
			pool->ready[pool->ready_count++] = prepared;
			pthread_mutex_unlock(&pool->mutex);
		}
		sodium_memzero(&prepared.challenge, sizeof prepared.challenge);
		clock_sleep_ms(POOL_PACE_MS);
	}
	return NULL;
}

struct captcha_pool *
captcha_pool_new(const unsigned char key[SECRET_KEY])
{
	struct captcha_pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		abort();
	pool->key = key;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->wanted, NULL);
	if (pthread_create(&pool->thread, NULL, run, pool) == 0)
		return pool;
	free(pool);
	return NULL;
}

void
captcha_pool_free(struct captcha_pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->stop = true;
	pthread_cond_signal(&pool->wanted);
	pthread_mutex_unlock(&pool->mutex);
	pthread_join(pool->thread, NULL);
	pthread_cond_destroy(&pool->wanted);
	pthread_mutex_destroy(&pool->mutex);
	sodium_memzero(pool, sizeof *pool);
	free(pool);
}

/* The room of the oldest that is kept; with the mutex held. */
static struct drawn *
next_kept(struct captcha_pool *pool)
{
	struct drawn *oldest = &pool->kept[pool->next];

	pool->next = (pool->next + 1) % POOL_KEPT;
	return oldest;
}

static bool
take(struct captcha_pool *pool, struct challenge *challenge)
{
	bool found;

	pthread_mutex_lock(&pool->mutex);
	found = pool->ready_count > 0;
	if (found) {
		struct prepared *last = &pool->ready[--pool->ready_count];

		*challenge = last->challenge;
		*next_kept(pool) = last->drawn;
		sodium_memzero(&last->challenge, sizeof last->challenge);
		pthread_cond_signal(&pool->wanted);
	}
	pthread_mutex_unlock(&pool->mutex);
	return found;
}

void
captcha_pool_make(struct captcha_pool *pool,
    const unsigned char key[SECRET_KEY], enum captcha_purpose purpose,
    unsigned pow_bits, int64_t now_ms, char id[CAPTCHA_ID])
{
	struct challenge challenge;

	if (pool == NULL || !take(pool, &challenge)) {
		captcha_make(key, purpose, pow_bits, now_ms, id);
		return;
	}
	challenge.purpose = purpose;
	challenge.pow_bits = pow_bits;
	challenge.expires_ms = now_ms + (int64_t)CAPTCHA_LIFE_S * 1000;
	challenge_seal(key, &challenge, id);
	sodium_memzero(&challenge, sizeof challenge);
}

enum lookup
captcha_pool_find(
    struct captcha_pool *pool, const char *id, int64_t now_ms, struct buf *out)
{
	enum lookup found = LOOKUP_ABSENT;

	if (pool == NULL || !captcha_is_live(pool->key, id, now_ms))
		return LOOKUP_ABSENT;
	pthread_mutex_lock(&pool->mutex);
	for (size_t i = 0; i < POOL_KEPT && found == LOOKUP_ABSENT; i++) {
		const struct drawn *kept = &pool->kept[i];

		if (kept->len > 0 &&
		    memcmp(kept->name, id, CHALLENGE_NAME) == 0) {
			buf_add(out, kept->bytes, kept->len);
			found = LOOKUP_FOUND;
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	return found;
}

void
captcha_pool_keep(
    struct captcha_pool *pool, const char *id, const void *bytes, size_t len)
{
	struct drawn *drawn;

	if (pool == NULL || len > POOL_BYTES || strlen(id) < CHALLENGE_NAME)
		return;
	pthread_mutex_lock(&pool->mutex);
	drawn = next_kept(pool);
	memcpy(drawn->name, id, CHALLENGE_NAME);
	memcpy(drawn->bytes, bytes, len);
	drawn->len = len;
	pthread_mutex_unlock(&pool->mutex);
}

size_t
captcha_pool_ready(struct captcha_pool *pool)
{
	size_t count;

	if (pool == NULL)
		return 0;
	pthread_mutex_lock(&pool->mutex);
	count = pool->ready_count;
	pthread_mutex_unlock(&pool->mutex);
	return count;
}
