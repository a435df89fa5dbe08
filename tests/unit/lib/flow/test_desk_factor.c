/* What rentreeDeskSecret holds, and the record of a session. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/desk_session.h"
#include "lib/store/record.h"

#define UUID "6c1f6a5e-2f0b-4a0e-9d0a-0123456789ab"
#define OTHER "6c1f6a5e-2f0b-4a0e-9d0a-0123456789ac"

static const unsigned char operator_key[SECRET_KEY] = {1};
static const unsigned char worker_key[SECRET_KEY] = {2};
static const unsigned char strange_key[SECRET_KEY] = {3};
static const struct factor_keys keys = {operator_key, worker_key};

static struct factor
enrolled(void)
{
	struct factor factor = {.state = FACTOR_ENROLLED,
	    .uuid = UUID,
	    .serial = "serial",
	    .secret = "a secret of twenty.",
	    .step = 59000000,
	    .wrong = 3,
	    .wrong_ms = 1795000000000};

	return factor;
}

static struct factor
invited(void)
{
	struct factor factor = {.state = FACTOR_INVITED,
	    .uuid = UUID,
	    .digest = "a digest",
	    .ends_ms = 1795000000000};

	return factor;
}

static void
test_there_and_back(void **state)
{
	struct factor was = enrolled(), is;
	struct arena arena = {0};
	char *value = factor_write(&keys, &was, &arena);

	(void)state;
	assert_true(strlen(value) <= 512); /* rentreeDeskSecret{512} */
	factor_read(&keys, UUID, value, &arena, &is);
	assert_int_equal(is.state, FACTOR_ENROLLED);
	assert_memory_equal(is.secret, was.secret, TOTP_SECRET);
	assert_memory_equal(is.serial, was.serial, FACTOR_SERIAL);
	assert_int_equal(is.step, was.step);
	assert_int_equal(is.wrong, 3);
	assert_int_equal(is.wrong_ms, was.wrong_ms);
	assert_ptr_equal(is.value, value);

	was = invited();
	value = factor_write(&keys, &was, &arena);
	factor_read(&keys, UUID, value, &arena, &is);
	assert_int_equal(is.state, FACTOR_INVITED);
	assert_memory_equal(is.digest, was.digest, sizeof is.digest);
	assert_int_equal(is.ends_ms, was.ends_ms);
	arena_reset(&arena);
}

static void
assert_none(const struct factor_keys *with, const char *uuid, const char *value)
{
	struct arena arena = {0};
	struct factor factor;

	factor_read(with, uuid, value, &arena, &factor);
	assert_int_equal(factor.state, FACTOR_NONE);
	arena_reset(&arena);
}

/* Of another person, under another key, and every single damage. */
static void
test_what_is_not_ours(void **state)
{
	const struct factor_keys strange = {strange_key, strange_key};
	const struct factor_keys cli = {operator_key, NULL};
	struct factor made[] = {enrolled(), invited()};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(made); i++) {
		char *value = factor_write(&keys, &made[i], &arena);
		size_t len = strlen(value);

		assert_none(&keys, OTHER, value);
		assert_none(&strange, UUID, value);
		for (size_t at = 0; at < len; at++) {
			char was = value[at];

			value[at] = was == 'A' ? 'B' : 'A';
			assert_none(&keys, UUID, value);
			value[at] = '\0';
			assert_none(&keys, UUID, value);
			value[at] = was;
		}
		/* One form read as the other. */
		value[0] = value[0] == '1' ? '2' : '1';
		assert_none(&keys, UUID, value);
	}
	assert_none(&cli, UUID, factor_write(&keys, &made[0], &arena));
	assert_none(&keys, UUID, NULL);
	assert_none(&keys, UUID, "");
	assert_none(&keys, UUID, "2$");
	arena_reset(&arena);
}

static void
test_the_secret_is_not_to_be_seen(void **state)
{
	struct factor factor = enrolled();
	struct arena arena = {0};
	const char *one = factor_write(&keys, &factor, &arena);
	const char *two = factor_write(&keys, &factor, &arena);

	(void)state;
	assert_null(strstr(one, "secret"));
	assert_string_not_equal(one, two);
	arena_reset(&arena);
}

static void
test_an_invitation_fits_until_it_ends(void **state)
{
	struct factor factor = invited();

	(void)state;
	assert_false(factor_fits(&factor, "7K3M-9QXR-TB2W-5HC2", 0));
	assert_false(factor_fits(&factor, "", 0));
	factor.state = FACTOR_ENROLLED;
	assert_false(factor_fits(&factor, "7K3M-9QXR-TB2W-5HC2", 0));
}

/* --- sessions --------------------------------------------------------------
 */

static const struct desk_session session = {.uuid = UUID,
    .begun_ms = 1000000,
    .seen_ms = 2000000,
    .serial = "serial",
    .pwd_changed = "20261124120000Z"};

static void
test_a_session_comes_back(void **state)
{
	struct arena arena = {0};
	struct desk_session is;
	struct buf record;

	(void)state;
	buf_init(&record, RECORD_MAX);
	desk_session_write(worker_key, "p:desk:a", &session, &record);
	assert_true(desk_session_read(
	    worker_key, "p:desk:a", record.bytes, record.len, &arena, &is));
	assert_string_equal(is.uuid, UUID);
	assert_string_equal(is.pwd_changed, "20261124120000Z");
	assert_int_equal(is.begun_ms, 1000000);
	assert_int_equal(is.seen_ms, 2000000);
	assert_memory_equal(is.serial, session.serial, FACTOR_SERIAL);
	/* Under another name or key, shorter, longer, and every bit. */
	assert_false(desk_session_read(
	    worker_key, "p:desk:b", record.bytes, record.len, &arena, &is));
	assert_false(desk_session_read(
	    strange_key, "p:desk:a", record.bytes, record.len, &arena, &is));
	for (size_t len = 0; len < record.len; len++)
		assert_false(desk_session_read(
		    worker_key, "p:desk:a", record.bytes, len, &arena, &is));
	for (size_t bit = 0; bit < 8 * record.len; bit++) {
		record.bytes[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(desk_session_read(worker_key, "p:desk:a",
		    record.bytes, record.len, &arena, &is));
		record.bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_free(&record);
	arena_reset(&arena);
}

static void
test_a_session_ends(void **state)
{
	enum { IDLE = 900000 };
	struct desk_session s = session;

	(void)state;
	assert_true(desk_session_is_live(&s, IDLE, s.seen_ms));
	assert_true(desk_session_is_live(&s, IDLE, s.seen_ms + IDLE - 1));
	assert_false(desk_session_is_live(&s, IDLE, s.seen_ms + IDLE));
	assert_false(desk_session_is_live(&s, IDLE, s.seen_ms - 1));
	s.seen_ms = s.begun_ms + SESSION_MAX_MS - 1;
	assert_true(desk_session_is_live(&s, IDLE, s.seen_ms));
	assert_false(desk_session_is_live(&s, IDLE, s.seen_ms + 1));
	s.seen_ms = s.begun_ms - 1;
	assert_false(desk_session_is_live(&s, IDLE, s.seen_ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_what_is_not_ours),
	    cmocka_unit_test(test_the_secret_is_not_to_be_seen),
	    cmocka_unit_test(test_an_invitation_fits_until_it_ends),
	    cmocka_unit_test(test_a_session_comes_back),
	    cmocka_unit_test(test_a_session_ends),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
