/*
 * Pictures that are ready: the same ones as without a pool, for ids that are
 * like any other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "captcha/captcha_pool.h"
#include "captcha/challenge.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

static const unsigned char key[SECRET_KEY] = "0123456789abcdef0123456789abcde";
static const unsigned char other_key[SECRET_KEY] =
    "0123456789abcdef another key";

enum { NOW_MS = 1000, LIFE_MS = CAPTCHA_LIFE_S * 1000, BITS = 18 };

static struct captcha_pool *
filled_pool(void)
{
	struct captcha_pool *pool = captcha_pool_new(key);

	assert_non_null(pool);
	while (captcha_pool_ready(pool) < POOL_READY)
		clock_sleep_ms(1);
	return pool;
}

static void
make(struct captcha_pool *pool, char id[CAPTCHA_ID])
{
	captcha_pool_make(pool, key, CAPTCHA_REMIND, BITS, NOW_MS, id);
}

static enum lookup
find(struct captcha_pool *pool, const char *id, struct buf *out)
{
	buf_init(out, CAPTCHA_PNG_MAX);
	return captcha_pool_find(pool, id, NOW_MS, out);
}

static void
draw(const char *id, struct buf *out)
{
	struct err err = {0};

	buf_init(out, CAPTCHA_PNG_MAX);
	assert_int_equal(captcha_png(key, id, NOW_MS, out, &err), LOOKUP_FOUND);
}

/* More forms than pictures are ready for: every id is sealed like any other,
 * and what is kept is what another process would draw. */
static void
test_ready_is_what_would_be_drawn(void **state)
{
	struct captcha_pool *pool = filled_pool();
	size_t kept_count = 0;

	(void)state;
	for (int i = 0; i < POOL_READY + 20; i++) {
		struct challenge challenge;
		struct buf kept, drawn;
		char id[CAPTCHA_ID];

		make(pool, id);
		assert_true(challenge_open(key, id, &challenge));
		assert_int_equal(challenge.purpose, CAPTCHA_REMIND);
		assert_int_equal(challenge.pow_bits, BITS);
		assert_true(challenge.expires_ms == NOW_MS + LIFE_MS);
		draw(id, &drawn);
		if (find(pool, id, &kept) == LOOKUP_FOUND) {
			kept_count++;
			assert_int_equal(kept.len, drawn.len);
			assert_memory_equal(kept.bytes, drawn.bytes, kept.len);
		}
		buf_free(&kept);
		buf_free(&drawn);
	}
	assert_in_range(kept_count, POOL_READY, POOL_READY + 20);
	captcha_pool_free(pool);
}

static void
test_ids_never_repeat(void **state)
{
	enum { IDS = 200 };
	static char ids[IDS][CAPTCHA_ID];
	struct captcha_pool *pool = filled_pool();

	(void)state;
	for (int i = 0; i < IDS; i++) {
		make(pool, ids[i]);
		for (int k = 0; k < i; k++)
			assert_true(
			    strncmp(ids[i], ids[k], CHALLENGE_NAME) != 0);
	}
	captcha_pool_free(pool);
}

static void
test_fills_up_again(void **state)
{
	struct captcha_pool *pool = filled_pool();
	char id[CAPTCHA_ID];

	(void)state;
	for (int i = 0; i < POOL_READY; i++)
		make(pool, id);
	while (captcha_pool_ready(pool) < POOL_READY)
		clock_sleep_ms(1);
	captcha_pool_free(pool);
}

/* The picture of an id is shown for that id, whole, of this key, in time. */
static void
test_nothing_for_strangers(void **state)
{
	struct captcha_pool *pool = filled_pool();
	char id[CAPTCHA_ID], bent[CAPTCHA_ID], foreign[CAPTCHA_ID];
	struct buf out;

	(void)state;
	make(pool, id);
	assert_int_equal(find(pool, id, &out), LOOKUP_FOUND);
	buf_clear(&out);
	assert_int_equal(
	    captcha_pool_find(pool, id, NOW_MS + LIFE_MS, &out), LOOKUP_ABSENT);
	for (size_t i = 0; i < strlen(id); i++) {
		memcpy(bent, id, sizeof bent);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		assert_int_equal(
		    captcha_pool_find(pool, bent, NOW_MS, &out), LOOKUP_ABSENT);
	}
	captcha_make(other_key, CAPTCHA_REMIND, BITS, NOW_MS, foreign);
	assert_int_equal(
	    captcha_pool_find(pool, foreign, NOW_MS, &out), LOOKUP_ABSENT);
	assert_int_equal(
	    captcha_pool_find(pool, "", NOW_MS, &out), LOOKUP_ABSENT);
	assert_int_equal(out.len, 0);
	buf_free(&out);
	captcha_pool_free(pool);
}

/* What was drawn on demand is kept too, and only the last POOL_KEPT. */
static void
test_keeps_the_last(void **state)
{
	static char ids[POOL_KEPT + 1][CAPTCHA_ID];
	struct captcha_pool *pool = filled_pool();
	struct buf drawn, out;

	(void)state;
	for (int i = 0; i <= POOL_KEPT; i++) {
		captcha_make(key, CAPTCHA_REMIND, BITS, NOW_MS, ids[i]);
		draw(ids[i], &drawn);
		captcha_pool_keep(pool, ids[i], drawn.bytes, drawn.len);
		if (i < POOL_KEPT)
			buf_free(&drawn);
	}
	assert_int_equal(find(pool, ids[0], &out), LOOKUP_ABSENT);
	buf_free(&out);
	assert_int_equal(find(pool, ids[1], &out), LOOKUP_FOUND);
	buf_free(&out);
	assert_int_equal(find(pool, ids[POOL_KEPT], &out), LOOKUP_FOUND);
	assert_int_equal(out.len, drawn.len);
	assert_memory_equal(out.bytes, drawn.bytes, out.len);
	buf_free(&out);
	buf_free(&drawn);
	captcha_pool_free(pool);
}

static void
test_no_pool(void **state)
{
	char id[CAPTCHA_ID];
	struct buf out;

	(void)state;
	make(NULL, id);
	assert_true(captcha_is_live(key, id, NOW_MS));
	assert_int_equal(find(NULL, id, &out), LOOKUP_ABSENT);
	captcha_pool_keep(NULL, id, "x", 1);
	assert_int_equal(captcha_pool_ready(NULL), 0);
	captcha_pool_free(NULL);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ready_is_what_would_be_drawn),
	    cmocka_unit_test(test_ids_never_repeat),
	    cmocka_unit_test(test_fills_up_again),
	    cmocka_unit_test(test_nothing_for_strangers),
	    cmocka_unit_test(test_keeps_the_last),
	    cmocka_unit_test(test_no_pool),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
