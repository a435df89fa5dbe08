#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "mailer/mail_conf.h"
#include "mailer/smtp.h"
#include "tests/unit/mailer/peer.h"

static const char MAIL[] = "Subject: x\r\n\r\nHello.\r\n.dot\r\n";

enum { PATIENCE_MS = 400 };

static struct smtp *
open_smtp(struct mail_conf *conf, const char *url)
{
	struct err err = {0};
	struct smtp *smtp;

	*conf = (struct mail_conf){.smtp = one_relay(url),
	    .ca_file = "",
	    .user = "",
	    .password_file = "",
	    .from = "a@b.fr",
	    .envelope_from = ""};
	smtp = smtp_new(conf, &err);
	assert_non_null(smtp);
	smtp_set_timeout(smtp, PATIENCE_MS);
	return smtp;
}

static enum smtp_end
send_one(struct smtp *smtp, struct err *err)
{
	return smtp_send(smtp, "bounce@ac-test.fr", "jeanne@example.org", MAIL,
	    sizeof MAIL - 1, err);
}

static void
test_ends(void **unused)
{
	static const struct {
		const char *script[10];
		enum smtp_end end;
	} cases[] = {
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "250 x", "221 x"},
		SMTP_SENT},
	    /* the greeting */
	    {{"554 no service"}, SMTP_LATER},
	    {{"421 busy"}, SMTP_LATER},
	    {{"close"}, SMTP_LATER},
	    {{"-"}, SMTP_LATER},
	    {{"drip"}, SMTP_LATER},
	    {{"rubbish"}, SMTP_LATER},
	    /* EHLO and HELO */
	    {{"220 hi", "550 no", "550 no", "221 x"}, SMTP_LATER},
	    {{"220 hi", "drip"}, SMTP_LATER},
	    /* the sender: our configuration, the operator can mend it */
	    {{"220 hi", "250 x", "550 no", "221 x"}, SMTP_LATER},
	    {{"220 hi", "250 x", "451 no", "221 x"}, SMTP_LATER},
	    /* this recipient */
	    {{"220 hi", "250 x", "250 x", "550 5.1.1 no", "221 x"}, SMTP_NEVER},
	    {{"220 hi", "250 x", "250 x", "550 5.1.1 no", "close"}, SMTP_NEVER},
	    {{"220 hi", "250 x", "250 x", "550 5.1.1 no", "-"}, SMTP_NEVER},
	    {{"220 hi", "250 x", "250 x", "451 4.7.1 grey", "221 x"},
		SMTP_LATER},
	    {{"220 hi", "250 x", "250 x", "close"}, SMTP_LATER},
	    {{"220 hi", "250 x", "250 x", "-"}, SMTP_LATER},
	    /* this mail */
	    {{"220 hi", "250 x", "250 x", "250 x", "554 no", "221 x"},
		SMTP_NEVER},
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "554 spam",
		 "221 x"},
		SMTP_NEVER},
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "452 full",
		 "221 x"},
		SMTP_LATER},
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "-"}, SMTP_LATER},
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "drip"},
		SMTP_LATER},
	    {{"220 hi", "250 x", "250 x", "250 x", "354 x", "close"},
		SMTP_LATER},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		static struct peer peer;
		struct mail_conf conf;
		struct err err = {0};
		int64_t start_ms = clock_mono_ms();
		struct smtp *smtp;
		enum smtp_end end;

		peer_start(&peer, cases[i].script);
		smtp = open_smtp(&conf, peer.url);
		end = send_one(smtp, &err);
		if (end != cases[i].end)
			fail_msg("case %zu: %d (%s)", i, (int)end, err.text);
		if (clock_mono_ms() - start_ms > 6 * PATIENCE_MS)
			fail_msg("case %zu took too long", i);
		assert_int_equal(
		    err.kind, end == SMTP_SENT ? ERR_NONE : ERR_UNAVAILABLE);
		assert_null(strstr(err.text, "jeanne"));
		smtp_free(smtp);
		peer_stop(&peer);
		assert_int_equal(
		    atomic_load(&peer.mails), end == SMTP_SENT ? 1 : 0);
	}
}

static void
test_what_is_said(void **unused)
{
	static const char *const script[] = {"220 hi", "250 x", "250 x",
	    "250 x", "354 x", "250 x", "221 x", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, script);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_non_null(strstr(peer.heard, "MAIL FROM:<bounce@ac-test.fr>"));
	assert_non_null(
	    strstr(peer.heard, "\r\nRCPT TO:<jeanne@example.org>\r\n"));
	/* the dot is doubled on the way (RFC 5321 section 4.5.2) */
	assert_non_null(strstr(peer.heard, "\r\nHello.\r\n..dot\r\n.\r\n"));
}

static void
test_two_mails_one_connection(void **unused)
{
	static const char *const script[] = {"220 hi", "250 x", "250 x",
	    "250 x", "354 x", "250 x", "250 x", "250 x", "354 x", "250 x",
	    "221 x", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, script);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_int_equal(atomic_load(&peer.connections), 1);
	assert_int_equal(atomic_load(&peer.mails), 2);
}

/* STARTTLS granted, and then silence, or rubbish by drops. */
static void
test_tls_that_hangs(void **unused)
{
	static const char *const silent[] = {
	    "220 hi", "250-x\r\n250 STARTTLS", "220 go", "-", NULL};
	static const char *const mute[] = {
	    "220 hi", "250-x\r\n250 STARTTLS", "-", NULL};
	static const char *const drip[] = {
	    "220 hi", "250-x\r\n250 STARTTLS", "220 go", "drip", NULL};
	static const char *const *const scripts[] = {silent, mute, drip};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		static struct peer peer;
		struct mail_conf conf;
		struct err err = {0};
		int64_t start_ms = clock_mono_ms();
		struct smtp *smtp;

		peer_start(&peer, scripts[i]);
		smtp = open_smtp(&conf, peer.url);
		conf.starttls = true;
		assert_int_equal(send_one(smtp, &err), SMTP_LATER);
		smtp_free(smtp);
		if (clock_mono_ms() - start_ms > 10 * PATIENCE_MS)
			fail_msg("case %zu took too long", i);
		peer_stop(&peer);
		assert_null(strstr(peer.heard, "MAIL"));
	}
}

/* A relay that took the mail and fell silent: we leave without its leave. */
static void
test_the_end_waits_for_nobody(void **unused)
{
	static const char *const script[] = {
	    "220 hi", "250 x", "250 x", "250 x", "354 x", "250 x", "-", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;
	int64_t start_ms;

	(void)unused;
	peer_start(&peer, script);
	smtp = open_smtp(&conf, peer.url);
	smtp_set_timeout(smtp, 20 * PATIENCE_MS);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	start_ms = clock_mono_ms();
	smtp_free(smtp);
	assert_true(clock_mono_ms() - start_ms < 10 * PATIENCE_MS);
	peer_stop(&peer);
	assert_non_null(strstr(peer.heard, "QUIT\r\n"));
}

/* What went wrong with one mail has nothing to do with the next. */
static void
test_after_a_failure(void **unused)
{
	static const char *const first[] = {
	    "220 hi", "250 x", "250 x", "550 5.1.1 no", "221 x", NULL};
	static const char *const second[] = {"220 hi", "250 x", "250 x",
	    "250 x", "354 x", "250 x", "221 x", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, first);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(send_one(smtp, &err), SMTP_NEVER);
	peer.script = second; /* for the next connection */
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_int_equal(atomic_load(&peer.mails), 1);
}

/* A relay that closed the kept connection is met again. */
static void
test_connection_lost(void **unused)
{
	static const char *const script[] = {
	    "220 hi", "250 x", "250 x", "250 x", "354 x", "250 x", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, script);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	clock_sleep_ms(50);
	assert_int_equal(send_one(smtp, &err), SMTP_SENT);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_int_equal(atomic_load(&peer.connections), 2);
}

static void
test_refused(void **unused)
{
	static const char *const script[] = {"220 hi", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, script);
	peer_stop(&peer); /* nobody listens there now */
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(send_one(smtp, &err), SMTP_LATER);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	smtp_free(smtp);
}

/* STARTTLS is demanded: without it nothing of the mail is said. */
static void
test_no_tls_no_mail(void **unused)
{
	static const char *const script[] = {
	    "220 hi", "250 x", "250 x", "250 x", "354 x", "250 x", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, script);
	smtp = open_smtp(&conf, peer.url);
	conf.starttls = true;
	assert_int_equal(send_one(smtp, &err), SMTP_LATER);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_null(strstr(peer.heard, "MAIL"));
	assert_null(strstr(peer.heard, "Hello"));
}

static void
test_check(void **unused)
{
	static const char *const good[] = {
	    "220 hi", "250 x", "250 x", "221 x", NULL};
	static const char *const bad[] = {"554 no", NULL};
	static struct peer peer;
	struct mail_conf conf;
	struct err err = {0};
	struct smtp *smtp;

	(void)unused;
	peer_start(&peer, good);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(smtp_check(smtp, 0, &err), 0);
	smtp_free(smtp);
	peer_stop(&peer);
	assert_non_null(strstr(peer.heard, "NOOP\r\n"));
	assert_null(strstr(peer.heard, "MAIL"));

	peer_start(&peer, bad);
	smtp = open_smtp(&conf, peer.url);
	assert_int_equal(smtp_check(smtp, 0, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	smtp_free(smtp);
	peer_stop(&peer);
}

static void
test_password_file(void **unused)
{
	struct mail_conf conf = {.smtp = one_relay("smtp://127.0.0.1:1"),
	    .ca_file = "",
	    .user = "u",
	    .password_file = "/nowhere/password"};
	struct err err = {0};

	(void)unused;
	assert_null(smtp_new(&conf, &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	smtp_free(NULL);
}

static const char *const WELL[] = {"220 hi", "250 x", "250 x", "250 x", "354 x",
    "250 x", "250 x", "250 x", "354 x", "250 x", "250 x", "250 x", "354 x",
    "250 x", "221 x", NULL};

/* Two relays, the first of which follows script; how many connections each has
 * seen after every one of count mails that are sent. */
static void
send_to_two(const char *const *script, enum smtp_end first, int count,
    const int seen[][2])
{
	static struct peer one, two;
	char *list[] = {one.url, two.url, NULL};
	struct mail_conf conf = {.smtp = {list, 2},
	    .ca_file = "",
	    .user = "",
	    .password_file = "",
	    .from = "a@b.fr",
	    .envelope_from = ""};
	struct err err = {0};
	struct smtp *smtp;
	int64_t start_ms;

	peer_start(&one, script);
	peer_start(&two, WELL);
	smtp = smtp_new(&conf, &err);
	assert_non_null(smtp);
	smtp_set_timeout(smtp, 2 * PATIENCE_MS);
	for (int i = 0; i < count; i++) {
		start_ms = clock_mono_ms();
		if (send_one(smtp, &err) != (i == 0 ? first : SMTP_SENT))
			fail_msg("%s, mail %d: %s", script[0], i, err.text);
		if (clock_mono_ms() - start_ms > 10 * PATIENCE_MS)
			fail_msg("mail %d took too long", i);
		assert_int_equal(atomic_load(&one.connections), seen[i][0]);
		assert_int_equal(atomic_load(&two.connections) > 0, seen[i][1]);
		assert_false(smtp_is_cut_off(smtp));
	}
	smtp_free(smtp);
	peer_stop(&one);
	peer_stop(&two);
}

static void
test_another_relay_takes_over(void **unused)
{
	static const char *const refuses[] = {"554 no service", NULL};
	static const char *const closes[] = {"close", NULL};
	static const char *const hangs[] = {"-", NULL};
	/* … and the first is passed over for a while. */
	static const int skipped[][2] = {{1, 1}, {1, 1}, {1, 1}};

	(void)unused;
	send_to_two(refuses, SMTP_SENT, 3, skipped);
	send_to_two(closes, SMTP_SENT, 3, skipped);
	send_to_two(hangs, SMTP_SENT, 3, skipped);
}

/* What it said of the mail, the first relay said for all. */
static void
test_no_other_relay_is_asked_about_a_mail(void **unused)
{
	static const char *const never[] = {
	    "220 hi", "250 x", "250 x", "550 nobody", "221 x", NULL};
	static const char *const later[] = {
	    "220 hi", "250 x", "250 x", "451 greylisted", "221 x", NULL};
	static const int once[][2] = {{1, 0}};

	(void)unused;
	send_to_two(never, SMTP_NEVER, 1, once);
	send_to_two(later, SMTP_LATER, 1, once);
}

/* It may have taken the mail: this one waits, the next goes elsewhere. */
static void
test_silence_over_a_mail_is_no_reason_to_send_two(void **unused)
{
	static const char *const silent[] = {
	    "220 hi", "250 x", "250 x", "250 x", "354 x", "-", NULL};
	static const int then[][2] = {{1, 0}, {1, 1}};

	(void)unused;
	send_to_two(silent, SMTP_LATER, 2, then);
}

static void
test_when_all_are_away(void **unused)
{
	char gone[] = "smtp://127.0.0.1:1", also[] = "smtp://127.0.0.1:2";
	char *list[] = {gone, also, NULL};
	struct mail_conf conf = {.smtp = {list, 2},
	    .ca_file = "",
	    .user = "",
	    .password_file = "",
	    .from = "a@b.fr",
	    .envelope_from = ""};
	struct err err = {0};
	struct smtp *smtp = smtp_new(&conf, &err);

	(void)unused;
	assert_non_null(smtp);
	smtp_set_timeout(smtp, PATIENCE_MS);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(send_one(smtp, &err), SMTP_LATER);
		assert_int_equal(err.kind, ERR_UNAVAILABLE);
		assert_true(smtp_is_cut_off(smtp));
	}
	smtp_free(smtp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_what_is_said),
	    cmocka_unit_test(test_two_mails_one_connection),
	    cmocka_unit_test(test_after_a_failure),
	    cmocka_unit_test(test_connection_lost),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_tls_no_mail),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_tls_that_hangs),
	    cmocka_unit_test(test_the_end_waits_for_nobody),
	    cmocka_unit_test(test_password_file),
	    cmocka_unit_test(test_another_relay_takes_over),
	    cmocka_unit_test(test_no_other_relay_is_asked_about_a_mail),
	    cmocka_unit_test(test_silence_over_a_mail_is_no_reason_to_send_two),
	    cmocka_unit_test(test_when_all_are_away),
	};
	struct err err = {0};

	signal(SIGPIPE, SIG_IGN);
	if (smtp_library_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
