#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/pack.h"
#include "lib/store/envelope.h"

#define ID "000102030405060708090a0b0c0d0e0f"
#define PROCESS "0123456789abcdef0123456789abcdef"

struct bench {
	unsigned char public_key[SECRET_KEY], secret_key[SECRET_KEY];
	unsigned char operator_key[SECRET_KEY], worker_key[SECRET_KEY];
	struct secret secret;
	struct envelope_sealer web, operator, worker;
	struct envelope_opener opener;
	struct arena arena;
	struct buf sealed;
	struct envelope got;
	struct err err;
};

static void
set_up_keys(struct bench *b)
{
	crypto_box_keypair(b->public_key, b->secret_key);
	randombytes_buf(b->operator_key, SECRET_KEY);
	randombytes_buf(b->worker_key, SECRET_KEY);
	b->secret = (struct secret){b->secret_key, SECRET_KEY};
	memcpy(b->web.kid, "2026a", 6);
	memcpy(b->web.public_key, b->public_key, SECRET_KEY);
	b->operator= b->web;
	b->operator.mac_key = b->operator_key;
	b->worker = b->web;
	b->worker.mac_key = b->worker_key;
	memcpy(b->opener.pairs[1].kid, "2026a", 6);
	memcpy(b->opener.pairs[1].public_key, b->public_key, SECRET_KEY);
	b->opener.pairs[1].secret_key = &b->secret;
	/* An older pair that cannot open it, in front. */
	memcpy(b->opener.pairs[0].kid, "2025", 5);
	randombytes_buf(b->opener.pairs[0].public_key, SECRET_KEY);
	b->opener.pairs[0].secret_key = &b->secret;
	b->opener.count = 2;
	b->opener.operator_key = b->operator_key;
	b->opener.worker_key = b->worker_key;
}

static int
set_up(void **state)
{
	static struct bench bench;

	memset(&bench, 0, sizeof(bench));
	set_up_keys(&bench);
	buf_init(&bench.sealed, ENVELOPE_MAX);
	*state = &bench;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	buf_free(&b->sealed);
	arena_reset(&b->arena);
	return 0;
}

static struct envelope
make(enum request_kind kind, const void *payload, size_t len)
{
	struct envelope envelope = {.kind = kind,
	    .asked_ms = 1795464900123,
	    .payload = payload,
	    .len = len};

	for (unsigned char i = 0; i < ENVELOPE_ID; i++)
		envelope.id[i] = i;
	if (request_kind_is_interactive(kind)) {
		memcpy(envelope.reply_to, PROCESS, sizeof(PROCESS));
		memset(envelope.reply_key, 0x5a, SECRET_KEY);
	}
	return envelope;
}

static int
reopen(struct bench *b)
{
	return envelope_open(&b->opener, b->sealed.bytes, b->sealed.len,
	    &b->arena, &b->got, &b->err);
}

static void
assert_does_not_open(struct bench *b)
{
	static const struct envelope nothing;

	assert_int_equal(reopen(b), -1);
	assert_int_equal(b->err.kind, ERR_INPUT);
	assert_string_equal(b->err.text, "sealed request does not open");
	assert_memory_equal(&b->got, &nothing, sizeof(nothing));
}

struct kind_case {
	enum request_kind kind;
	const char *name;
	enum envelope_authority authority;
	bool interactive, large;
};

static const struct kind_case kind_cases[] = {
    {REQUEST_RECOVER, "recover", ENVELOPE_ANYONE, false, false},
    {REQUEST_REMIND, "remind", ENVELOPE_ANYONE, false, false},
    {REQUEST_ACTIVATE, "activate", ENVELOPE_ANYONE, false, false},
    {REQUEST_RESEND, "resend", ENVELOPE_ANYONE, false, false},
    {REQUEST_INVITE, "invite", ENVELOPE_OPERATOR, false, false},
    {REQUEST_FAREWELL, "farewell", ENVELOPE_OPERATOR, false, false},
    {REQUEST_EXPEL, "expel", ENVELOPE_OPERATOR, false, false},
    {REQUEST_INTENT, "intent", ENVELOPE_WORKER, false, false},
    {REQUEST_PEEK, "peek", ENVELOPE_ANYONE, true, false},
    {REQUEST_REDEEM, "redeem", ENVELOPE_ANYONE, true, true},
    {REQUEST_CHANGE, "change", ENVELOPE_ANYONE, true, true},
    {REQUEST_DISOWN, "disown", ENVELOPE_ANYONE, true, false},
};

static const struct envelope_sealer *
sealer_for(struct bench *b, enum request_kind kind)
{
	switch (request_kind_authority(kind)) {
	case ENVELOPE_OPERATOR:
		return &b->operator;
	case ENVELOPE_WORKER:
		return &b->worker;
	case ENVELOPE_ANYONE:
		break;
	}
	return &b->web;
}

static void
test_every_kind_travels(void **state)
{
	struct bench *b = *state;
	struct envelope sent;
	char id[ENVELOPE_ID_TEXT];

	for (size_t i = 0; i < COUNT_OF(kind_cases); i++) {
		const struct kind_case *c = &kind_cases[i];
		size_t padded =
		    c->large ? ENVELOPE_PADDED_LARGE : ENVELOPE_PADDED;

		print_message("kind %s\n", c->name);
		assert_string_equal(request_kind_name(c->kind), c->name);
		assert_int_equal(request_kind_authority(c->kind), c->authority);
		assert_int_equal(
		    request_kind_is_interactive(c->kind), c->interactive);
		sent = make(c->kind, "a\0b", 3);
		buf_clear(&b->sealed);
		assert_int_equal(envelope_seal(sealer_for(b, c->kind), &sent,
				     &b->sealed, &b->err),
		    0);
		assert_int_equal(
		    b->sealed.len, strlen("1|2026a|" ID "|") + padded + 48);
		assert_memory_equal(b->sealed.bytes, "1|2026a|" ID "|", 41);
		assert_true(envelope_id(b->sealed.bytes, b->sealed.len, id));
		assert_string_equal(id, ID);
		assert_int_equal(reopen(b), 0);
		assert_int_equal(b->got.kind, c->kind);
		assert_memory_equal(b->got.id, sent.id, ENVELOPE_ID);
		assert_int_equal(b->got.asked_ms, sent.asked_ms);
		assert_string_equal(b->got.reply_to, sent.reply_to);
		assert_memory_equal(
		    b->got.reply_key, sent.reply_key, SECRET_KEY);
		assert_int_equal(b->got.len, 3);
		assert_memory_equal(b->got.payload, "a\0b", 3);
	}
}

static void
test_unknown_kind(void **state)
{
	struct bench *b = *state;
	struct envelope odd = make(REQUEST_RECOVER, "", 0);

	odd.kind = (enum request_kind)7;
	assert_string_equal(request_kind_name(odd.kind), "unknown");
	assert_int_equal(request_kind_authority(odd.kind), ENVELOPE_WORKER);
	assert_int_equal(envelope_seal(&b->web, &odd, &b->sealed, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_INTERNAL);
}

/* Length tells nothing: the largest payload and none look the same. */
static void
test_payload_sizes(void **state)
{
	struct bench *b = *state;
	static const char bytes[ENVELOPE_PADDED_LARGE];
	/* kind, id, time, reply_to, reply_key, payload's and MAC's lengths;
	 * one byte of padding at least */
	const size_t around = 1 + 18 + 8 + 2 + 2 + 2 + 2 + 1;
	const struct {
		enum request_kind kind;
		size_t max;
	} rows[] = {
	    {REQUEST_RECOVER, ENVELOPE_PADDED - around},
	    {REQUEST_INVITE, ENVELOPE_PADDED - around - 32},
	    {REQUEST_PEEK, ENVELOPE_PADDED - around - 64},
	    {REQUEST_REDEEM, ENVELOPE_PADDED_LARGE - around - 64},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct envelope e = make(rows[i].kind, bytes, rows[i].max);
		const struct envelope_sealer *by = sealer_for(b, e.kind);

		buf_clear(&b->sealed);
		assert_int_equal(envelope_seal(by, &e, &b->sealed, &b->err), 0);
		assert_int_equal(reopen(b), 0);
		assert_int_equal(b->got.len, rows[i].max);
		e.len++;
		buf_clear(&b->sealed);
		assert_int_equal(
		    envelope_seal(by, &e, &b->sealed, &b->err), -1);
		assert_int_equal(b->err.kind, ERR_INTERNAL);
		assert_int_equal(b->sealed.len, 0);
	}
	/* Two of the longest passwords and a token fit. */
	assert_true(rows[3].max > 2 * 1024 + 256);
}

static void
test_sealing_refuses(void **state)
{
	struct bench *b = *state;
	struct envelope durable = make(REQUEST_RECOVER, "x", 1);
	struct envelope interactive = make(REQUEST_PEEK, "x", 1);
	struct envelope invite = make(REQUEST_INVITE, "x", 1);
	struct envelope before = make(REQUEST_RECOVER, "x", 1);
	const struct envelope *rows[] = {
	    &durable, &interactive, &invite, &before};
	struct buf small;

	memcpy(durable.reply_to, "re", 3);
	interactive.reply_to[0] = '\0';
	before.asked_ms = -1;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(
		    envelope_seal(&b->web, rows[i], &b->sealed, &b->err), -1);
		assert_int_equal(b->err.kind, ERR_INTERNAL);
	}
	durable.reply_to[0] = '\0';
	buf_init(&small, 512);
	assert_int_equal(envelope_seal(&b->web, &durable, &small, &b->err), -1);
	assert_int_equal(b->err.kind, ERR_INTERNAL);
	buf_free(&small);
}

/* --- what must not open --------------------------------------------------- */

static void
test_every_flipped_bit_shows(void **state)
{
	struct bench *b = *state;
	struct envelope sent = make(REQUEST_RECOVER, "numen", 5);

	assert_int_equal(envelope_seal(&b->web, &sent, &b->sealed, &b->err), 0);
	for (size_t i = 0; i < b->sealed.len; i++) {
		b->sealed.bytes[i] ^= 1;
		assert_does_not_open(b);
		arena_reset(&b->arena);
		b->sealed.bytes[i] ^= 1;
	}
	assert_int_equal(reopen(b), 0);
}

static void
test_cut_and_long(void **state)
{
	struct bench *b = *state;
	struct envelope sent = make(REQUEST_RECOVER, "numen", 5);
	char id[ENVELOPE_ID_TEXT];

	assert_int_equal(envelope_seal(&b->web, &sent, &b->sealed, &b->err), 0);
	for (size_t len = 0; len < b->sealed.len; len++) {
		assert_false(envelope_id(b->sealed.bytes, len, id));
		assert_int_equal(envelope_open(&b->opener, b->sealed.bytes, len,
				     &b->arena, &b->got, &b->err),
		    -1);
	}
	buf_add_char(&b->sealed, 'x');
	assert_does_not_open(b);
}

static void
test_front_shapes(void **state)
{
	struct bench *b = *state;
	static const char *const fronts[] = {
	    "2|2026a|" ID "|",
	    "1|2026|" ID "|", /* a key nobody has */
	    "1||" ID "|",
	    "1|12345678901234567|" ID "|",
	    "1|2026/|" ID "|",
	    "1|2026a|000102030405060708090A0B0C0D0E0F|",
	    "1|2026a|000102030405060708090a0b0c0d0e0|",
	    "1|2026a|000102030405060708090a0b0c0d0e0f0|",
	    "1|2026a|100102030405060708090a0b0c0d0e0f|", /* another id */
	    "1|2026a|" ID,
	    "|1|2026a|" ID "|",
	};
	struct envelope sent = make(REQUEST_RECOVER, "numen", 5);
	struct buf whole;

	buf_init(&whole, ENVELOPE_MAX);
	assert_int_equal(envelope_seal(&b->web, &sent, &whole, &b->err), 0);
	for (size_t i = 0; i < COUNT_OF(fronts); i++) {
		print_message("front %s\n", fronts[i]);
		buf_clear(&b->sealed);
		buf_add_text(&b->sealed, fronts[i]);
		buf_add(&b->sealed, whole.bytes + 41, whole.len - 41);
		assert_does_not_open(b);
	}
	buf_free(&whole);
}

/* A content that a web process gone bad could write by hand. */
struct content {
	uint8_t kind;
	size_t padded, id_len;
	uint64_t asked;
	const char *reply_to;
	size_t reply_key_len;
	const unsigned char *mac_key;
	size_t mac_len;
	const char *behind;
};

static void
seal_by_hand(struct bench *b, const struct content *c)
{
	static const unsigned char personal[16] = "rentree.envelope";
	unsigned char plain[ENVELOPE_PADDED_LARGE] = {0}, mac[32] = {0};
	unsigned char sealed[ENVELOPE_PADDED_LARGE + crypto_box_SEALBYTES];
	struct envelope sent = make(REQUEST_PEEK, "x", 1);
	struct buf content;

	buf_init(&content, ENVELOPE_PADDED_LARGE);
	pack_u8(&content, c->kind);
	pack_bytes(&content, sent.id, c->id_len);
	pack_u64(&content, c->asked);
	pack_text(&content, c->reply_to);
	pack_bytes(&content, sent.reply_key, c->reply_key_len);
	pack_bytes(&content, "x", 1);
	if (c->mac_key != NULL)
		crypto_generichash_blake2b_salt_personal(mac, 32,
		    (const void *)content.bytes, content.len, c->mac_key,
		    SECRET_KEY, (const unsigned char[16]){0}, personal);
	pack_bytes(&content, mac, c->mac_len);
	buf_add_text(&content, c->behind);
	memcpy(plain, content.bytes, content.len);
	sodium_pad(NULL, plain, content.len, c->padded, sizeof(plain));
	crypto_box_seal(sealed, plain, c->padded, b->public_key);
	buf_clear(&b->sealed);
	buf_add_text(&b->sealed, "1|2026a|" ID "|");
	buf_add(&b->sealed, sealed, c->padded + crypto_box_SEALBYTES);
	buf_free(&content);
}

static void
test_contents_by_hand(void **state)
{
	struct bench *b = *state;
	const unsigned char *op = b->operator_key, *wk = b->worker_key;
	const struct {
		const char *what;
		bool opens;
		struct content content;
	} rows[] = {
	    {"recover", true, {1, 1024, 16, 9, "", 0, NULL, 0, ""}},
	    {"peek", true, {48, 1024, 16, 9, PROCESS, 32, NULL, 0, ""}},
	    {"invite of the operator", true,
		{16, 1024, 16, 9, "", 0, op, 32, ""}},
	    {"intent of the worker", true,
		{32, 1024, 16, 9, "", 0, wk, 32, ""}},
	    {"invite without MAC", false,
		{16, 1024, 16, 9, "", 0, NULL, 0, ""}},
	    {"invite with a MAC of zeros", false,
		{16, 1024, 16, 9, "", 0, NULL, 32, ""}},
	    {"invite under the worker's key", false,
		{16, 1024, 16, 9, "", 0, wk, 32, ""}},
	    {"intent under the operator's key", false,
		{32, 1024, 16, 9, "", 0, op, 32, ""}},
	    {"intent with half a MAC", false,
		{32, 1024, 16, 9, "", 0, wk, 16, ""}},
	    {"recover with a MAC", false, {1, 1024, 16, 9, "", 0, op, 32, ""}},
	    {"kind 0", false, {0, 1024, 16, 9, "", 0, NULL, 0, ""}},
	    {"kind 7", false, {7, 1024, 16, 9, "", 0, NULL, 0, ""}},
	    {"kind 255", false, {255, 1024, 16, 9, PROCESS, 32, NULL, 0, ""}},
	    {"small kind in large padding", false,
		{1, 4096, 16, 9, "", 0, NULL, 0, ""}},
	    {"large kind in small padding", false,
		{49, 1024, 16, 9, PROCESS, 32, NULL, 0, ""}},
	    {"short id", false, {1, 1024, 15, 9, "", 0, NULL, 0, ""}},
	    {"time beyond time", false,
		{1, 1024, 16, UINT64_MAX, "", 0, NULL, 0, ""}},
	    {"durable with an address", false,
		{1, 1024, 16, 9, PROCESS, 32, NULL, 0, ""}},
	    {"interactive without one", false,
		{48, 1024, 16, 9, "", 32, NULL, 0, ""}},
	    {"interactive without a key", false,
		{48, 1024, 16, 9, PROCESS, 0, NULL, 0, ""}},
	    {"address too long", false,
		{48, 1024, 16, 9, PROCESS PROCESS, 32, NULL, 0, ""}},
	    {"address with a line end", false,
		{48, 1024, 16, 9, "a\nb", 32, NULL, 0, ""}},
	    {"bytes left over", false,
		{1, 1024, 16, 9, "", 0, NULL, 0, "more"}},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("content: %s\n", rows[i].what);
		seal_by_hand(b, &rows[i].content);
		if (rows[i].opens)
			assert_int_equal(reopen(b), 0);
		else
			assert_does_not_open(b);
	}
}

/* A worker that was not given a MAC key believes nobody. */
static void
test_no_mac_key(void **state)
{
	struct bench *b = *state;
	struct envelope invite = make(REQUEST_INVITE, "x", 1);

	assert_int_equal(
	    envelope_seal(&b->operator, & invite, &b->sealed, &b->err), 0);
	b->opener.operator_key = NULL;
	assert_does_not_open(b);
}

static void
test_from_future(void **state)
{
	struct envelope e = {.asked_ms = 1000000};

	(void)state;
	assert_false(envelope_is_from_future(&e, 2000000));
	assert_false(envelope_is_from_future(&e, 1000000 - ENVELOPE_SKEW_MS));
	assert_true(
	    envelope_is_from_future(&e, 1000000 - ENVELOPE_SKEW_MS - 1));
	e.asked_ms = INT64_MAX;
	assert_true(envelope_is_from_future(&e, 1795464900123));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_every_kind_travels),
	    TEST(test_unknown_kind),
	    TEST(test_payload_sizes),
	    TEST(test_sealing_refuses),
	    TEST(test_every_flipped_bit_shows),
	    TEST(test_cut_and_long),
	    TEST(test_front_shapes),
	    TEST(test_contents_by_hand),
	    TEST(test_no_mac_key),
	    TEST(test_from_future),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
