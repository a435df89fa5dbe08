#include "captcha/captcha_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "captcha/challenge.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

struct prepared {
	struct challenge challenge;
	size_t len;
	unsigned char bytes[POOL_BYTES];
};

struct kept {
	char name[CHALLENGE_NAME + 1];
	size_t len;
	unsigned char bytes[POOL_BYTES];
};

struct captcha_pool {
	const unsigned char *key;
	pthread_t thread;
	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t wanted;
	bool stop;
	struct prepared ready[POOL_READY];
	size_t ready_count;
	struct kept kept[POOL_KEPT];
	size_t next; /* of kept: the oldest */
};

/* False when it was too large, which has not been seen. */
static bool
prepare(const unsigned char key[SECRET_KEY], struct prepared *prepared)
{
	struct err err = {0};
	struct buf bytes;
	bool fits;

	challenge_shuffle(&prepared->challenge);
	buf_init(&bytes, POOL_BYTES);
	fits = challenge_draw(key, &prepared->challenge, &bytes, &err) == 0;
	if (fits)
		memcpy(prepared->bytes, bytes.bytes, bytes.len);
	prepared->len = bytes.len;
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
		clock_sleep_ms(POOL_PACE_MS);
	}
	sodium_memzero(&prepared, sizeof prepared);
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

/* With the mutex held. */
static void
keep(struct captcha_pool *pool, const char *id, const void *bytes, size_t len)
{
	struct kept *kept = &pool->kept[pool->next];

	pool->next = (pool->next + 1) % POOL_KEPT;
	memcpy(kept->name, id, CHALLENGE_NAME);
	memcpy(kept->bytes, bytes, len);
	kept->len = len;
}

static bool
make_from_ready(struct captcha_pool *pool, enum captcha_purpose purpose,
    unsigned pow_bits, int64_t expires_ms, char id[CAPTCHA_ID])
{
	bool found;

	pthread_mutex_lock(&pool->mutex);
	found = pool->ready_count > 0;
	if (found) {
		struct prepared *last = &pool->ready[--pool->ready_count];

		last->challenge.purpose = purpose;
		last->challenge.pow_bits = pow_bits;
		last->challenge.expires_ms = expires_ms;
		challenge_seal(pool->key, &last->challenge, id);
		keep(pool, id, last->bytes, last->len);
		sodium_memzero(last, sizeof *last);
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
	if (pool == NULL || !make_from_ready(pool, purpose, pow_bits,
				now_ms + (int64_t)CAPTCHA_LIFE_S * 1000, id))
		captcha_make(key, purpose, pow_bits, now_ms, id);
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
		const struct kept *kept = &pool->kept[i];

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
	if (pool == NULL || len > POOL_BYTES || strlen(id) < CHALLENGE_NAME)
		return;
	pthread_mutex_lock(&pool->mutex);
	keep(pool, id, bytes, len);
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
