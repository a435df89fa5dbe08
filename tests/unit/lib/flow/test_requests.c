/*
 * The wire forms: what is packed comes back; what was cut, stretched or turned
 * in any byte is refused or is another valid request, never a fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/flow/desk_follow.h"
#include "lib/flow/expel.h"
#include "lib/flow/farewell.h"
#include "lib/flow/intent.h"
#include "lib/flow/invite.h"
#include "lib/flow/recover.h"
#include "lib/flow/redeem.h"
#include "lib/people/password.h"

static struct arena arena;
static struct err err;

static int
empty(void **state)
{
	(void)state;
	arena_reset(&arena);
	err = (struct err){0};
	return 0;
}

typedef int unpack_any(const void *bytes, size_t len);

static int
unpack_recover(const void *bytes, size_t len)
{
	struct recover_request request = {0};

	return recover_unpack(bytes, len, &request, &err);
}

static int
unpack_redeem(const void *bytes, size_t len)
{
	struct redeem_request request = {0};

	return redeem_unpack(bytes, len, &arena, &request, &err);
}

static int
unpack_answer(const void *bytes, size_t len)
{
	struct redeem_answer answer = {0};

	return redeem_answer_unpack(bytes, len, &arena, &answer, &err);
}

static int
unpack_intent(const void *bytes, size_t len)
{
	struct intent intent = {0};

	return intent_unpack(bytes, len, &arena, &intent, &err);
}

static int
unpack_invite(const void *bytes, size_t len)
{
	struct invite_request request = {0};

	return invite_unpack(bytes, len, &arena, &request, &err);
}

static int
unpack_expel(const void *bytes, size_t len)
{
	struct expel_request request = {0};

	return expel_unpack(bytes, len, &arena, &request, &err);
}

static int
unpack_farewell(const void *bytes, size_t len)
{
	struct farewell_request request = {0};

	return farewell_unpack(bytes, len, &arena, &request, &err);
}

static int
unpack_follow(const void *bytes, size_t len)
{
	struct desk_follow follow = {0};

	return desk_follow_unpack(bytes, len, &arena, &follow, &err);
}

/* Every shorter one and every longer one is damaged, and says so. */
static void
check_lengths(unpack_any *unpack, const struct buf *good)
{
	struct buf more;

	assert_true(buf_ok(good));
	assert_int_equal(unpack(good->bytes, good->len), 0);
	for (size_t len = 0; len < good->len; len++) {
		err = (struct err){0};
		if (unpack(good->bytes, len) != -1)
			fail_msg("%zu of %zu", len, good->len);
		assert_int_not_equal(err.kind, ERR_NONE);
	}
	buf_init(&more, good->len + 1);
	buf_add(&more, good->bytes, good->len);
	buf_add_char(&more, 'x');
	assert_int_equal(unpack(more.bytes, more.len), -1);
	buf_free(&more);
}

static void
test_recover(void **unused)
{
	struct recover_request request = {.number = {NUMBER_INE, "1234567890A"},
	    .birth = {"1975-09-01"},
	    .language = "fr",
	    .ref = "7K3QWBXX"};
	struct recover_request back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	recover_pack(&request, &out);
	assert_int_equal(recover_unpack(out.bytes, out.len, &back, &err), 0);
	assert_int_equal(back.number.kind, NUMBER_INE);
	assert_string_equal(back.number.text, "1234567890A");
	assert_string_equal(back.birth.text, "1975-09-01");
	assert_string_equal(back.language, "fr");
	assert_string_equal(back.ref, "7K3QWBXX");
	check_lengths(unpack_recover, &out);
	out.bytes[0] = NUMBER_CODE + 1;
	assert_int_equal(unpack_recover(out.bytes, out.len), -1);
	buf_free(&out);
}

static void
test_follow(void **unused)
{
	const struct desk_follow follow = {.kind = DESK_RESCUE,
	    .document = DESK_TITRE_SEJOUR,
	    .uuid = "0f0e",
	    .value = "neuf@courriel.example",
	    .replaced = "vieux@courriel.example",
	    .actor = "desk:jdupont",
	    .language = "fr",
	    .ref = "7K3QWBXX",
	    .at_ms = 1700000000123,
	    .counts_ms = 1700086400000,
	    .until_ms = 0};
	struct desk_follow back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	desk_follow_pack(&follow, &out);
	assert_int_equal(
	    desk_follow_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_int_equal(back.kind, DESK_RESCUE);
	assert_int_equal(back.document, DESK_TITRE_SEJOUR);
	assert_string_equal(back.uuid, "0f0e");
	assert_string_equal(back.value, "neuf@courriel.example");
	assert_string_equal(back.replaced, "vieux@courriel.example");
	assert_string_equal(back.actor, "desk:jdupont");
	assert_string_equal(back.ref, "7K3QWBXX");
	assert_int_equal(back.at_ms, 1700000000123);
	assert_int_equal(back.counts_ms, 1700086400000);
	check_lengths(unpack_follow, &out);
	out.bytes[0] = DESK_ALARM;
	assert_int_equal(unpack_follow(out.bytes, out.len), 0);
	out.bytes[0] = DESK_ALARM + 1;
	assert_int_equal(unpack_follow(out.bytes, out.len), -1);
	out.bytes[0] = 0;
	assert_int_equal(unpack_follow(out.bytes, out.len), -1);
	out.bytes[0] = DESK_CODE;
	out.bytes[1] = DESK_DOCUMENTS;
	assert_int_equal(unpack_follow(out.bytes, out.len), -1);
	buf_free(&out);
}

/* A field that is clean but has no room. */
static void
test_recover_long(void **unused)
{
	static const char *const good[] = {
	    "1234567890A", "1975-09-01", "fr", "7K3QWBXX"};
	static const char *const bad[] = {
	    "1234567890ABCD", "1975-09-011", "francais", "7K3QWBXXX"};

	(void)unused;
	for (size_t i = 0; i <= COUNT_OF(good); i++) {
		struct buf out;

		buf_init(&out, 1024);
		pack_u8(&out, NUMBER_INE);
		for (size_t j = 0; j < COUNT_OF(good); j++)
			pack_text(&out, i == j ? bad[j] : good[j]);
		assert_int_equal(unpack_recover(out.bytes, out.len),
		    i == COUNT_OF(good) ? 0 : -1);
		buf_free(&out);
	}
}

static void
test_redeem(void **unused)
{
	static const char *const passwords[] = {"", "Bateau-Cerise-47-Lune",
	    "tab\tand\x01 control", "été 🔑", " outer spaces "};
	struct redeem_request request = {
	    .token = "AbC", .language = "en", .ref = "7K3QWBXX"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(passwords); i++) {
		struct redeem_request back = {0};
		struct buf out;

		request.password = passwords[i];
		buf_init(&out, 4096);
		redeem_pack(&request, &out);
		assert_int_equal(
		    redeem_unpack(out.bytes, out.len, &arena, &back, &err), 0);
		assert_string_equal(back.token, "AbC");
		assert_string_equal(back.password, passwords[i]);
		assert_string_equal(back.language, "en");
		check_lengths(unpack_redeem, &out);
		buf_free(&out);
	}
}

/* The longest that may be asked fits the envelope. */
static void
test_redeem_longest(void **unused)
{
	char password[PASSWORD_BYTES_MAX + 1], token[TOKEN_TEXT];
	struct redeem_request request = {.token = token,
	    .password = password,
	    .language = "en",
	    .ref = "7K3QWBXX"};
	struct buf out;

	(void)unused;
	memset(password, 'p', sizeof password - 1);
	password[sizeof password - 1] = '\0';
	memset(token, 't', sizeof token - 1);
	token[sizeof token - 1] = '\0';
	buf_init(&out, ENVELOPE_PADDED_LARGE / 2);
	redeem_pack(&request, &out);
	assert_true(buf_ok(&out));
	buf_free(&out);
}

static void
test_answer(void **unused)
{
	static const struct redeem_answer answers[] = {
	    {.end = REDEEM_OPEN, .policy = -1, .login = "jdupont"},
	    {.end = REDEEM_DONE, .policy = -1, .activation = true, .login = ""},
	    {.end = REDEEM_FAULTS,
		.faults = PASSWORD_SHORT | PASSWORD_ENCODING,
		.policy = -1,
		.login = "jdupont"},
	    {.end = REDEEM_FAULTS, .policy = 0, .login = ""},
	    {.end = REDEEM_FAULTS, .policy = 9, .login = ""},
	    {.end = REDEEM_CLOSED, .policy = -1, .login = ""},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct redeem_answer back = {0};
		struct buf out;

		buf_init(&out, 1024);
		redeem_answer_pack(&answers[i], &out);
		assert_int_equal(redeem_answer_unpack(
				     out.bytes, out.len, &arena, &back, &err),
		    0);
		assert_int_equal(back.end, answers[i].end);
		assert_int_equal(back.faults, answers[i].faults);
		assert_int_equal(back.policy, answers[i].policy);
		assert_int_equal(back.activation, answers[i].activation);
		assert_string_equal(back.login, answers[i].login);
		check_lengths(unpack_answer, &out);
		buf_free(&out);
	}
}

/* A newer worker's words that we do not know. */
static void
test_answer_unknown(void **unused)
{
	struct redeem_answer back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	pack_u8(&out, REDEEM_FAULTS);
	pack_u64(&out, UINT64_MAX);
	pack_u8(&out, 255);
	pack_u8(&out, 7);
	pack_text(&out, "");
	pack_u8(&out, 7);
	assert_int_equal(
	    redeem_answer_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_int_equal(back.faults, 2 * PASSWORD_ENCODING - 1);
	assert_false(back.no_charter);
	assert_false(back.activation);
	out.bytes[0] = REDEEM_CLOSED + 1;
	assert_int_equal(
	    redeem_answer_unpack(out.bytes, out.len, &arena, &back, &err), -1);
	buf_free(&out);
}

static void
test_intent(void **unused)
{
	struct intent intent = {.token_name = "name",
	    .claimant = "0123456789abcdef0123456789abcdef",
	    .uuid = "8c1f0d7e-0000-1000-8000-000000000001",
	    .pwd_before = "20261123201500Z",
	    .csn_before = "20261123201500.000000Z#000000#000#000000",
	    .activation = true,
	    .language = "fr",
	    .ref = "7K3QWBXX"};
	struct intent back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	intent_pack(&intent, &out);
	assert_int_equal(
	    intent_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_string_equal(back.token_name, intent.token_name);
	assert_string_equal(back.claimant, intent.claimant);
	assert_string_equal(back.uuid, intent.uuid);
	assert_string_equal(back.pwd_before, intent.pwd_before);
	assert_string_equal(back.csn_before, intent.csn_before);
	assert_true(back.activation);
	assert_string_equal(back.language, "fr");
	assert_string_equal(back.ref, intent.ref);
	check_lengths(unpack_intent, &out);
	buf_free(&out);
}

static void
test_farewell(void **unused)
{
	struct farewell_request request = {
	    .uuid = "b5f1c2de-0000-1111-2222-333344445555",
	    .until = "20261130235959Z",
	    .language = "fr",
	    .ref = "7K3QWBXX"};
	struct farewell_request back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	farewell_pack(&request, &out);
	assert_int_equal(
	    farewell_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_string_equal(back.uuid, request.uuid);
	assert_string_equal(back.until, request.until);
	assert_string_equal(back.language, "fr");
	assert_string_equal(back.ref, "7K3QWBXX");
	check_lengths(unpack_farewell, &out);
	buf_free(&out);
}

static void
test_expel(void **unused)
{
	struct expel_request request = {.why = EXPEL_PLANNED,
	    .uuid = "b5f1c2de-0000-1111-2222-333344445555",
	    .ref = "7K3QWBXX"};
	struct expel_request back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	expel_pack(&request, &out);
	assert_int_equal(
	    expel_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_string_equal(back.uuid, request.uuid);
	assert_string_equal(back.ref, "7K3QWBXX");
	assert_int_equal(back.why, EXPEL_PLANNED);
	check_lengths(unpack_expel, &out);
	for (int why = 0; why <= 4; why += 4) {
		out.bytes[0] = (char)why;
		assert_int_equal(
		    expel_unpack(out.bytes, out.len, &arena, &back, &err), -1);
	}
	buf_free(&out);
}

static void
test_invite(void **unused)
{
	struct invite_request request = {
	    .login = "jdupont", .language = "fr", .ref = "7K3QWBXX"};
	struct invite_request back = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, 1024);
	invite_pack(&request, &out);
	assert_int_equal(
	    invite_unpack(out.bytes, out.len, &arena, &back, &err), 0);
	assert_string_equal(back.login, "jdupont");
	assert_string_equal(back.language, "fr");
	assert_string_equal(back.ref, "7K3QWBXX");
	check_lengths(unpack_invite, &out);
	buf_free(&out);
}

/* Text of a request is clean, but for the password; and that is UTF-8. */
static void
test_unclean(void **unused)
{
	static const char *const texts[] = {"a\nb", "\x7f", "\xff", "\xc2\x85"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct redeem_request request = {
		    .token = texts[i], .password = "", .language = "fr"};
		struct buf out;

		buf_init(&out, 1024);
		redeem_pack(&request, &out);
		assert_int_equal(unpack_redeem(out.bytes, out.len), -1);
		buf_free(&out);
	}
	{
		struct redeem_request request = {
		    .token = "t", .password = "\xff", .language = "fr"};
		struct buf out;

		buf_init(&out, 1024);
		redeem_pack(&request, &out);
		assert_int_equal(unpack_redeem(out.bytes, out.len), -1);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_follow, empty),
	    cmocka_unit_test_teardown(test_recover, empty),
	    cmocka_unit_test_teardown(test_recover_long, empty),
	    cmocka_unit_test_teardown(test_redeem, empty),
	    cmocka_unit_test_teardown(test_redeem_longest, empty),
	    cmocka_unit_test_teardown(test_answer, empty),
	    cmocka_unit_test_teardown(test_answer_unknown, empty),
	    cmocka_unit_test_teardown(test_intent, empty),
	    cmocka_unit_test_teardown(test_invite, empty),
	    cmocka_unit_test_teardown(test_farewell, empty),
	    cmocka_unit_test_teardown(test_expel, empty),
	    cmocka_unit_test_teardown(test_unclean, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
