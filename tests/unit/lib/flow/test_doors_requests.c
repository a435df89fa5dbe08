/* The wire forms of tickets, errands and rescue addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/flow/errand.h"
#include "lib/flow/intent.h"
#include "lib/flow/letter.h"
#include "lib/flow/redeem.h"
#include "lib/flow/rescue.h"
#include "lib/flow/ticket.h"
#include "lib/people/people_conf.h"
#include "lib/store/envelope.h"

struct bench {
	struct arena arena;
	struct err err;
	struct buf wire;
};

static int
open_bench(void **state)
{
	static struct bench bench;

	memset(&bench, 0, sizeof bench);
	buf_init(&bench.wire, ENVELOPE_PADDED_LARGE);
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
#define ASSERT_WHOLE(b, unpack)                                                \
	do {                                                                   \
		for (size_t len = 0; len < (b)->wire.len; len++)               \
			assert_int_equal(unpack((b)->wire.bytes, len), -1);    \
		buf_add_char(&(b)->wire, '\0');                                \
		assert_int_equal(unpack((b)->wire.bytes, (b)->wire.len), -1);  \
	} while (0)

static void
a_ticket_comes_back(void **state)
{
	struct bench *b = *state;
	struct ticket_request sent = {.token = "AbC-_9",
				  .act = true,
				  .language = "en",
				  .ref = "0123ABCD"},
			      got = {0};

	ticket_pack(&sent, &b->wire);
	assert_int_equal(
	    ticket_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    0);
	assert_string_equal(got.token, sent.token);
	assert_true(got.act);
	assert_string_equal(got.language, "en");
	assert_string_equal(got.ref, sent.ref);
#define UNPACK(bytes, len) ticket_unpack(bytes, len, &b->arena, &got, &b->err)
	ASSERT_WHOLE(b, UNPACK);
#undef UNPACK
}

static void
its_answer_comes_back(void **state)
{
	struct bench *b = *state;
	struct ticket_answer sent = {.end = TICKET_DONE,
				 .address = "a@b.example",
				 .waits = true},
			     got = {0};

	ticket_answer_pack(&sent, &b->wire);
	assert_int_equal(ticket_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &got, &b->err),
	    0);
	assert_int_equal(got.end, TICKET_DONE);
	assert_string_equal(got.address, "a@b.example");
	assert_true(got.waits);
	b->wire.bytes[0] = TICKET_CLOSED + 1;
	assert_int_equal(ticket_answer_unpack(b->wire.bytes, b->wire.len,
			     &b->arena, &got, &b->err),
	    -1);
}

static void
a_letter_comes_back(void **state)
{
	struct bench *b = *state;
	struct letter_request sent = {.code = {"7K3M9QXRTB2W5HC2"},
				  .birth = {.text = "1975-09-01"},
				  .language = "fr",
				  .ref = "0123ABCD"},
			      got = {0};

	letter_pack(&sent, &b->wire);
	assert_int_equal(
	    letter_unpack(b->wire.bytes, b->wire.len, &got, &b->err), 0);
	assert_memory_equal(&got, &sent, sizeof got);
#define UNPACK(bytes, len) letter_unpack(bytes, len, &got, &b->err)
	ASSERT_WHOLE(b, UNPACK);
#undef UNPACK
	/* A code longer than any. */
	buf_clear(&b->wire);
	pack_text(&b->wire, "7K3M9QXRTB2W5HC22");
	pack_text(&b->wire, sent.birth.text);
	visitor_pack(sent.language, sent.ref, &b->wire);
	assert_int_equal(
	    letter_unpack(b->wire.bytes, b->wire.len, &got, &b->err), -1);
}

static void
the_token_of_a_letter_comes_back(void **state)
{
	struct bench *b = *state;
	struct letter_answer sent = {.end = LETTER_OPENED}, got = {0};

	memset(sent.token, 't', sizeof sent.token - 1);
	letter_answer_pack(&sent, &b->wire);
	assert_int_equal(
	    letter_answer_unpack(b->wire.bytes, b->wire.len, &got, &b->err), 0);
	assert_int_equal(got.end, LETTER_OPENED);
	assert_string_equal(got.token, sent.token);
#define UNPACK(bytes, len) letter_answer_unpack(bytes, len, &got, &b->err)
	ASSERT_WHOLE(b, UNPACK);
#undef UNPACK
	b->wire.bytes[0] = LETTER_CLOSED + 1;
	assert_int_equal(
	    letter_answer_unpack(b->wire.bytes, b->wire.len - 1, &got, &b->err),
	    -1);
}

static void
an_errand_comes_back(void **state)
{
	struct bench *b = *state;
	struct errand sent = {.what = ERRAND_ASKED,
			  .uuid = "1f",
			  .address = "a@b.example",
			  .language = "fr",
			  .ref = "0123ABCD"},
		      got = {0};

	errand_pack(&sent, &b->wire);
	assert_int_equal(
	    errand_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    0);
	assert_int_equal(got.what, ERRAND_ASKED);
	assert_string_equal(got.uuid, "1f");
	assert_string_equal(got.address, "a@b.example");
	b->wire.bytes[0] = 0;
	assert_int_equal(
	    errand_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    -1);
	b->wire.bytes[0] = ERRAND_RUN_OPENED + 1;
	assert_int_equal(
	    errand_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    -1);
}

static void
a_rescue_request_comes_back(void **state)
{
	struct bench *b = *state;
	struct rescue_request sent = {.name = "jdupont",
				  .current = "un\tancien",
				  .address = "a@b.example",
				  .language = "fr",
				  .ref = "0123ABCD"},
			      got = {0};

	rescue_pack(&sent, &b->wire);
	assert_int_equal(
	    rescue_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    0);
	assert_string_equal(got.name, sent.name);
	assert_string_equal(got.current, sent.current);
	assert_string_equal(got.address, sent.address);
#define UNPACK(bytes, len) rescue_unpack(bytes, len, &b->arena, &got, &b->err)
	ASSERT_WHOLE(b, UNPACK);
#undef UNPACK
}

static void
charter_and_address_travel_with_a_redemption(void **state)
{
	struct bench *b = *state;
	struct redeem_request sent = {.token = "t",
				  .password = "p",
				  .charter = "2026-1",
				  .mail = "a@b.example"},
			      got = {0};
	struct intent noted = {.uuid = "1f",
			  .pwd_before = "",
			  .csn_before = "",
			  .charter = "2026-1",
			  .mail = "a@b.example"},
		      read = {0};

	redeem_pack(&sent, &b->wire);
	assert_int_equal(
	    redeem_unpack(b->wire.bytes, b->wire.len, &b->arena, &got, &b->err),
	    0);
	assert_string_equal(got.charter, "2026-1");
	assert_string_equal(got.mail, "a@b.example");
	buf_clear(&b->wire);
	intent_pack(&noted, &b->wire);
	assert_int_equal(intent_unpack(b->wire.bytes, b->wire.len, &b->arena,
			     &read, &b->err),
	    0);
	assert_string_equal(read.charter, "2026-1");
	assert_string_equal(read.mail, "a@b.example");
}

static void
an_address_is_judged(void **state)
{
	static const char *own[] = {"ac-lille.fr", NULL};
	static const struct {
		const char *typed;
		enum rescue_fault fault;
		const char *address;
	} rows[] = {
	    {"", RESCUE_EMPTY, NULL},
	    {"  ", RESCUE_EMPTY, NULL},
	    {"moi", RESCUE_FORM, NULL},
	    {"moi@", RESCUE_FORM, NULL},
	    {"moi@x.example\r\nBcc: a@b.example", RESCUE_FORM, NULL},
	    {"moi@AC-Lille.FR", RESCUE_OWN, NULL},
	    {"moi@mail.ac-lille.fr", RESCUE_OWN, NULL},
	    {"moi@pas-ac-lille.fr", RESCUE_FINE, "moi@pas-ac-lille.fr"},
	    {" Moi@X.Example ", RESCUE_FINE, "Moi@x.example"},
	};
	struct site_conf site = {0};
	struct bench *b = *state;

	memcpy(&site.own_domains.list, &(const char **){own},
	    sizeof site.own_domains.list);
	site.own_domains.count = 1;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *address = NULL;

		assert_int_equal(
		    rescue_judge(&b->arena, &site, rows[i].typed, &address),
		    rows[i].fault);
		if (rows[i].address != NULL)
			assert_string_equal(address, rows[i].address);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_ticket_comes_back),
	    TEST(its_answer_comes_back),
	    TEST(a_letter_comes_back),
	    TEST(the_token_of_a_letter_comes_back),
	    TEST(an_errand_comes_back),
	    TEST(a_rescue_request_comes_back),
	    TEST(charter_and_address_travel_with_a_redemption),
	    TEST(an_address_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
