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
#include "mailer/message.h"
#include "tests/unit/mailer/decode.h"

static struct message
usual(void)
{
	return (struct message){
	    .from = "Assistance comptes <no-reply@ac-test.fr>",
	    .to = "jeanne@example.org",
	    .to_name = "Jeanne Dupont",
	    .subject = "Your new password",
	    .body = "Hello,\n\nhttps://x.test/r/abc\n",
	    .language = "en",
	    .date_ms = 1795550400000, /* Tue, 24 Nov 2026 20:00:00 */
	    .request_id = "00112233445566778899aabbccddeeff",
	    .recipient_tag = "1"};
}

/* The value of a header as it is written, folds and all; "" when absent. */
static const char *
header(const char *mail, const char *name)
{
	static char value[2048];
	size_t len = strlen(name);
	const char *end;

	value[0] = '\0';
	for (const char *at = mail; at != NULL && strncmp(at, "\r\n", 2) != 0;
	     at = strstr(at, "\r\n") + 2) {
		if (strncmp(at, name, len) != 0 || at[len] != ':')
			continue;
		end = at;
		do
			end = strstr(end, "\r\n") + 2;
		while (*end == ' ');
		(void)!snprintf(value, sizeof value, "%.*s",
		    (int)(end - 2 - (at + len + 2)), at + len + 2);
	}
	return value;
}

static void
test_whole(void **unused)
{
	struct message message = usual();
	struct err err = {0};
	struct buf out;

	(void)unused;
	buf_init(&out, MESSAGE_MAX);
	assert_int_equal(message_write(&message, &out, &err), 0);
	assert_string_equal(header(buf_text(&out), "From"),
	    "Assistance comptes\r\n <no-reply@ac-test.fr>");
	assert_string_equal(header(buf_text(&out), "To"),
	    "Jeanne Dupont\r\n <jeanne@example.org>");
	assert_string_equal(
	    header(buf_text(&out), "Subject"), "Your new password");
	assert_string_equal(
	    header(buf_text(&out), "Date"), "Tue, 24 Nov 2026 20:00:00 +0000");
	assert_string_equal(
	    header(buf_text(&out), "Auto-Submitted"), "auto-generated");
	assert_string_equal(header(buf_text(&out), "MIME-Version"), "1.0");
	assert_string_equal(header(buf_text(&out), "Content-Type"),
	    "text/plain; charset=utf-8");
	assert_string_equal(header(buf_text(&out), "Content-Transfer-Encoding"),
	    "quoted-printable");
	assert_string_equal(header(buf_text(&out), "Content-Language"), "en");
	assert_string_equal(strstr(buf_text(&out), "\r\n\r\n"),
	    "\r\n\r\nHello,\r\n\r\nhttps://x.test/r/abc\r\n");
	buf_free(&out);
}

static const char *
message_id(const char *request, const char *tag, char out[128])
{
	struct message message = usual();
	struct err err = {0};
	struct buf bytes;

	message.request_id = request;
	message.recipient_tag = tag;
	buf_init(&bytes, MESSAGE_MAX);
	assert_int_equal(message_write(&message, &bytes, &err), 0);
	(void)!snprintf(out, 128, "%s", header(buf_text(&bytes), "Message-ID"));
	buf_free(&bytes);
	return out;
}

static void
test_message_id(void **unused)
{
	char a[128], b[128];

	(void)unused;
	message_id("aa", "1", a);
	assert_int_equal(strlen(a), 1 + 32 + strlen("@ac-test.fr>"));
	assert_int_equal(a[0], '<');
	assert_string_equal(a + 33, "@ac-test.fr>");
	assert_string_equal(a, message_id("aa", "1", b));
	assert_string_not_equal(a, message_id("aa", "2", b));
	assert_string_not_equal(a, message_id("ab", "1", b));
	/* the border between the two counts */
	assert_string_not_equal(
	    message_id("aa1", "", a), message_id("aa", "1", b));
}

static void
test_from(void **unused)
{
	static const struct {
		const char *from, *address, *written;
	} cases[] = {
	    {"a@b.fr", "a@b.fr", "a@b.fr"},
	    {"<a@b.fr>", "a@b.fr", "a@b.fr"},
	    {"Support <a@B.FR>", "a@b.fr", "Support\r\n <a@b.fr>"},
	    {"\"Support, comptes\" <a@b.fr>", "a@b.fr",
		"\"Support, comptes\"\r\n <a@b.fr>"},
	    {"\"Académie\" <a@b.fr>", "a@b.fr",
		"=?UTF-8?B?QWNhZMOpbWll?=\r\n <a@b.fr>"},
	    {"A <B> <a@b.fr>", "a@b.fr", "\"A <B>\"\r\n <a@b.fr>"},
	    {"Support <a@b.fr> x", NULL, NULL},
	    {"Support <a@b.fr", NULL, NULL},
	    {"Support a@b.fr>", NULL, NULL},
	    {"Support", NULL, NULL},
	    {"", NULL, NULL},
	    {"Support <>", NULL, NULL},
	    {"Support <a@b.fr\r\nBcc: c@d.fr>", NULL, NULL},
	    {"Sup\r\nport <a@b.fr>", "a@b.fr", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message message = usual();
		struct arena arena = {0};
		struct err err = {0};
		const char *address = message_address(&arena, cases[i].from);
		struct buf out;
		int rc;

		if (cases[i].address == NULL)
			assert_null(address);
		else
			assert_string_equal(address, cases[i].address);
		buf_init(&out, MESSAGE_MAX);
		message.from = cases[i].from;
		rc = message_write(&message, &out, &err);
		assert_int_equal(rc, cases[i].written != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(
			    header(buf_text(&out), "From"), cases[i].written);
		else
			assert_int_equal(err.kind, ERR_INPUT);
		buf_free(&out);
		arena_reset(&arena);
	}
}

/* One bad part, and there is no mail; a good one, and it is what it was. */
static void
test_hostile(void **unused)
{
	static const struct {
		const char *to, *name, *subject;
		bool good;
	} cases[] = {
	    {"j@example.org", "Jeanne", "Hello", true},
	    {"j@example.org", NULL, "Hello", true},
	    {"j@example.org", "", "Hello", true},
	    {"j@example.org", "Jeanne\r\nBcc: x@y.fr", "Hello", false},
	    {"j@example.org", "Jeanne\nBcc: x@y.fr", "Hello", false},
	    {"j@example.org", "Jeanne\rBcc: x@y.fr", "Hello", false},
	    {"j@example.org", "Jeanne\x85", "Hello", false},
	    {"j@example.org", "Jeanne\xc2\x85", "Hello", false},
	    {"j@example.org", "Jeanne", "Hello\r\nBcc: x@y.fr", false},
	    {"j@example.org", "Jeanne", "Hello\r\n\r\nbody", false},
	    {"j@example.org", "Jeanne", "Hello\x7f", false},
	    {"j@example.org", "Jeanne", "\xff", false},
	    {"j@example.org\r\nBcc: x@y.fr", "Jeanne", "Hello", false},
	    {"j@example.org>\r\nRCPT TO:<x@y.fr", "Jeanne", "Hello", false},
	    {"j@example.org, x@y.fr", "Jeanne", "Hello", false},
	    {"", "Jeanne", "Hello", false},
	    {"jeanne", "Jeanne", "Hello", false},
	    /* U+2028 is no line end in a mail: it is encoded */
	    {"j@example.org", "Jeanne",
		"a\xe2\x80\xa8"
		"b",
		true},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message message = usual();
		struct err err = {0};
		struct buf out;
		int rc;

		message.to = cases[i].to;
		message.to_name = cases[i].name;
		message.subject = cases[i].subject;
		buf_init(&out, MESSAGE_MAX);
		rc = message_write(&message, &out, &err);
		if (rc != (cases[i].good ? 0 : -1))
			fail_msg("case %zu: %d", i, rc);
		assert_null(strstr(buf_text(&out), "Bcc"));
		if (!cases[i].good)
			assert_int_equal(err.kind, ERR_INPUT);
		buf_free(&out);
	}
}

static void
test_long_subject(void **unused)
{
	static const char subject[] =
	    "Académie de Lille : un nouveau mot de passe a été demandé pour "
	    "votre compte – à utiliser avant la fin de l’heure 🔑";
	struct message message = usual();
	struct err err = {0};
	char seen[512];
	struct buf out;

	(void)unused;
	message.subject = subject;
	buf_init(&out, MESSAGE_MAX);
	assert_int_equal(message_write(&message, &out, &err), 0);
	assert_true(decode_words(header(buf_text(&out), "Subject"),
	    strlen("Subject: "), seen, sizeof seen));
	assert_string_equal(seen, subject);
	buf_free(&out);
}

static void
test_too_long(void **unused)
{
	static char body[MESSAGE_MAX + 1];
	struct message message = usual();
	struct err err = {0};
	struct buf out;

	(void)unused;
	memset(body, 'x', MESSAGE_MAX);
	message.body = body;
	buf_init(&out, MESSAGE_MAX);
	assert_int_equal(message_write(&message, &out, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_message_id),
	    cmocka_unit_test(test_from),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_long_subject),
	    cmocka_unit_test(test_too_long),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
