/* The wire forms of the desk's requests and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/flow/desk_deed.h"
#include "lib/flow/desk_look.h"
#include "lib/flow/desk_search.h"
#include "lib/flow/desk_signin.h"
#include "lib/store/now.h"

struct bench {
	struct arena arena;
	struct err err;
	struct buf wire;
};

static const struct desk_visit visit = {
    .cookie = "cookie", .language = "fr", .ref = "ABCD1234"};
static char here[] = "0590121L", there[] = "0599001N";
static char teacher[] = "enseignant";
static char *places[] = {here, there, NULL};
static char *kinds[] = {teacher, NULL};
static const struct desk_host host = {.door = DESK_DOOR_OPEN,
    .login = "mmartin",
    .establishments = places,
    .has_factor = true};

static int
open_bench(void **state)
{
	static struct bench bench;

	memset(&bench, 0, sizeof bench);
	buf_init(&bench.wire, NOW_REPLY_PADDED);
	*state = &bench;
	return 0;
}

static int
close_bench(void **state)
{
	struct bench *bench = *state;

	buf_free(&bench->wire);
	arena_reset(&bench->arena);
	return 0;
}

/* Every shorter input, and one that is longer, is damaged. */
#define ASSERT_WHOLE(b, unpack, into)                                          \
	do {                                                                   \
		for (size_t len = 0; len < (b)->wire.len; len++)               \
			assert_int_equal(unpack((b)->wire.bytes, len,          \
					     &(b)->arena, into, &(b)->err),    \
			    -1);                                               \
		buf_add_char(&(b)->wire, '\0');                                \
		assert_int_equal(unpack((b)->wire.bytes, (b)->wire.len,        \
				     &(b)->arena, into, &(b)->err),            \
		    -1);                                                       \
	} while (0)

static void
a_signin_comes_back(void **state)
{
	struct desk_signin_request was = {.name = "mmartin",
	    .current = "\tmot\x7f",
	    .code = "287082",
	    .language = "en",
	    .ref = "ABCD1234"};
	struct desk_signin_answer said = {.end = DESK_SIGNIN_DONE,
	    .cookie = "c",
	    .secret = "GEZDGNBV",
	    .login = "mmartin"};
	struct desk_signin_request is;
	struct desk_signin_answer heard;
	struct bench *b = *state;

	desk_signin_pack(&was, &b->wire);
	assert_int_equal(desk_signin_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &is, &b->err),
	    0);
	assert_string_equal(is.current, was.current);
	assert_string_equal(is.code, "287082");
	ASSERT_WHOLE(b, desk_signin_unpack, &is);
	buf_clear(&b->wire);
	desk_signin_answer_pack(&said, &b->wire);
	assert_int_equal(desk_signin_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &heard, &b->err),
	    0);
	assert_string_equal(heard.secret, "GEZDGNBV");
	assert_string_equal(heard.cookie, "c");
	ASSERT_WHOLE(b, desk_signin_answer_unpack, &heard);
}

static void
a_search_comes_back(void **state)
{
	struct desk_search_request was = {
	    .visit = visit, .typed = "Dupont", .birth = {"1975-09-01"}};
	struct desk_search_answer said = {
	    .host = host, .count = 2, .more = true};
	struct desk_search_request is;
	struct desk_search_answer heard;
	struct bench *b = *state;

	desk_search_pack(&was, &b->wire);
	assert_int_equal(desk_search_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &is, &b->err),
	    0);
	assert_string_equal(is.visit.cookie, "cookie");
	assert_string_equal(is.birth.text, "1975-09-01");
	ASSERT_WHOLE(b, desk_search_unpack, &is);
	for (size_t i = 0; i < said.count; i++)
		said.list[i] = (struct desk_search_row){.uuid = "u",
		    .login = "jdupont",
		    .display = "Jean Dupont",
		    .kinds = kinds};
	buf_clear(&b->wire);
	desk_search_answer_pack(&said, &b->wire);
	assert_int_equal(desk_search_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &heard, &b->err),
	    0);
	assert_int_equal(heard.count, 2);
	assert_true(heard.more && heard.host.has_factor);
	assert_string_equal(heard.list[1].display, "Jean Dupont");
	assert_string_equal(heard.list[1].kinds[0], "enseignant");
	assert_string_equal(heard.host.establishments[1], "0599001N");
	assert_null(heard.host.establishments[2]);
	ASSERT_WHOLE(b, desk_search_answer_unpack, &heard);
}

static struct desk_look_answer
a_page(void)
{
	struct desk_look_answer page = {.host = host,
	    .is_there = true,
	    .uuid = "u",
	    .login = "jdupont",
	    .display = "Jean Dupont",
	    .kinds = kinds,
	    .establishments = places,
	    .state = STATE_SUSPENDED,
	    .has_ine = true,
	    .reissued_ms = 1795000000000,
	    .rescue = "j***@g***.com",
	    .pending = "",
	    .seen = "vu",
	    .trace_count = 1};

	page.may[DESK_LETTER] = DESK_ACTIVATED;
	page.traces[0] = (struct desk_trace){17, DESK_LINK_SENT};
	return page;
}

static void
a_page_comes_back(void **state)
{
	struct desk_look_request was = {.visit = visit, .uuid = "u"};
	struct desk_look_answer said = a_page(), heard;
	struct desk_look_request is;
	struct bench *b = *state;

	desk_look_pack(&was, &b->wire);
	assert_int_equal(desk_look_unpack(b->wire.bytes, b->wire.len, &b->arena,
			     &is, &b->err),
	    0);
	assert_string_equal(is.uuid, "u");
	ASSERT_WHOLE(b, desk_look_unpack, &is);
	buf_clear(&b->wire);
	desk_look_answer_pack(&said, &b->wire);
	assert_int_equal(desk_look_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &heard, &b->err),
	    0);
	assert_true(heard.is_there && heard.has_ine && !heard.has_numen);
	assert_int_equal(heard.state, STATE_SUSPENDED);
	assert_int_equal(heard.may[DESK_LETTER], DESK_ACTIVATED);
	assert_int_equal(heard.reissued_ms, said.reissued_ms);
	assert_int_equal(heard.traces[0].what, DESK_LINK_SENT);
	assert_string_equal(heard.seen, "vu");
	ASSERT_WHOLE(b, desk_look_answer_unpack, &heard);
}

static struct desk_deed_request
a_deed(void)
{
	return (struct desk_deed_request){.visit = visit,
	    .uuid = "u",
	    .kind = DESK_CODE,
	    .document = DESK_CNI,
	    .seen = "vu",
	    .number = "",
	    .address = "",
	    .code = "287082",
	    .form = "00112233445566778899aabbccddeeff"};
}

static void
a_deed_comes_back(void **state)
{
	struct desk_deed_request was = a_deed(), is;
	struct desk_deed_answer said = {.host = host,
	    .end = DESK_DEED_JUDGED,
	    .act = DESK_DONE,
	    .at_ms = 5,
	    .code = "ABCD-EFGH",
	    .login = "jdupont",
	    .display = "",
	    .rescue = "",
	    .establishments = places};
	struct desk_deed_answer heard;
	struct bench *b = *state;

	desk_deed_pack(&was, &b->wire);
	assert_int_equal(desk_deed_unpack(b->wire.bytes, b->wire.len, &b->arena,
			     &is, &b->err),
	    0);
	assert_int_equal(is.document, DESK_CNI);
	assert_string_equal(is.form, was.form);
	ASSERT_WHOLE(b, desk_deed_unpack, &is);
	buf_clear(&b->wire);
	desk_deed_answer_pack(&said, &b->wire);
	assert_int_equal(desk_deed_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &heard, &b->err),
	    0);
	assert_string_equal(heard.code, "ABCD-EFGH");
	assert_int_equal(heard.act, DESK_DONE);
	ASSERT_WHOLE(b, desk_deed_answer_unpack, &heard);
}

/* The pages have no invitation (the batch's), no act of no kind, and no form
 * without a name of ours. */
static void
a_deed_that_no_page_asks(void **state)
{
	struct desk_deed_request deeds[] = {
	    a_deed(), a_deed(), a_deed(), a_deed(), a_deed()};
	struct desk_deed_request is;
	struct bench *b = *state;

	deeds[0].kind = DESK_INVITE;
	deeds[1].kind = (enum desk_kind)0;
	deeds[2].document = (enum desk_document)DESK_DOCUMENTS;
	deeds[3].form = "";
	deeds[4].form = "00112233445566778899aabbccddeefX";
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		buf_clear(&b->wire);
		desk_deed_pack(&deeds[i], &b->wire);
		assert_int_equal(desk_deed_unpack(b->wire.bytes, b->wire.len,
				     &b->arena, &is, &b->err),
		    -1);
	}
}

static void
a_form_has_a_name(void **state)
{
	char one[DESK_FORM_TEXT], two[DESK_FORM_TEXT];

	(void)state;
	desk_form_make(one);
	desk_form_make(two);
	assert_true(desk_form_is(one) && desk_form_is(two));
	assert_string_not_equal(one, two);
}

static void
lines_of_the_audit(void **state)
{
	(void)state;
	assert_int_equal(desk_happening("recover.sent", ""), DESK_LINK_SENT);
	assert_int_equal(
	    desk_happening("numen.reissue", ""), DESK_WAS_REISSUED);
	assert_int_equal(
	    desk_happening("numen.reissue", "quota"), DESK_NOT_TOLD);
	assert_int_equal(desk_happening("account.recovery-mail", "cool-off"),
	    DESK_WAS_GIVEN_AN_ADDRESS);
	assert_int_equal(desk_happening("account.recovery-mail", "bad-address"),
	    DESK_NOT_TOLD);
	assert_int_equal(desk_happening("desk.look", ""), DESK_NOT_TOLD);
	assert_int_equal(desk_happening("", ""), DESK_NOT_TOLD);
}

int
main(void)
{
#define WITH_BENCH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, open_bench, close_bench)
	const struct CMUnitTest tests[] = {
	    WITH_BENCH(a_signin_comes_back),
	    WITH_BENCH(a_search_comes_back),
	    WITH_BENCH(a_page_comes_back),
	    WITH_BENCH(a_deed_comes_back),
	    WITH_BENCH(a_deed_that_no_page_asks),
	    cmocka_unit_test(a_form_has_a_name),
	    cmocka_unit_test(lines_of_the_audit),
	};

	return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
