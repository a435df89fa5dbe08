#include "lib/store/kv_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"

struct kv_pool {
	pthread_mutex_t lock; /* guards free and count */
	pthread_cond_t given;
	struct kv_breaker breaker;
	size_t size, count;
	struct kv **all;
	struct kv **free; /* the last given is the first taken: it is warm */
};

static void
init_lock(struct kv_pool *pool)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&pool->lock, NULL);
}

struct kv_pool *
kv_pool_new(const struct redis_conf *conf, enum kv_role role, size_t size,
    long timeout_ms)
{
	struct kv_pool *pool = calloc(1, sizeof(*pool));

	if (pool != NULL) {
		pool->all = calloc(size, sizeof(*pool->all));
		pool->free = calloc(size, sizeof(*pool->free));
	}
	if (pool == NULL || pool->all == NULL || pool->free == NULL)
		err_no_memory();
	init_lock(pool);
	pool->size = pool->count = size;
	for (size_t i = 0; i < size; i++) {
		pool->all[i] = kv_new(conf, role, timeout_ms);
		pool->all[i]->breaker = &pool->breaker;
		pool->free[i] = pool->all[i];
	}
	return pool;
}

void
kv_pool_free(struct kv_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->size; i++)
		kv_free(pool->all[i]);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->lock);
	free(pool->all);
	free(pool->free);
	free(pool);
}

void
kv_pool_observe(struct kv_pool *pool, const struct meter *meter)
{
	for (size_t i = 0; i < pool->size; i++)
		kv_observe(pool->all[i], meter);
}

struct kv *
kv_pool_take(struct kv_pool *pool, long wait_ms, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	const struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	struct kv *kv = NULL;
	int waited = 0;

	pthread_mutex_lock(&pool->lock);
	while (pool->count == 0 && waited == 0)
		waited =
		    pthread_cond_timedwait(&pool->given, &pool->lock, &until);
	if (pool->count > 0)
		kv = pool->free[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	if (kv == NULL)
		err_set(
		    err, ERR_UNAVAILABLE, "all connections to Redis are busy");
	return kv;
}

void
kv_pool_give(struct kv_pool *pool, struct kv *kv)
{
	pthread_mutex_lock(&pool->lock);
	pool->free[pool->count++] = kv;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}
