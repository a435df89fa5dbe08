/* smtp: a relay whose name nobody can tell, for now. */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "mailer/mail_conf.h"
#include "mailer/smtp.h"
#include "tests/unit/mailer/peer.h"

static const char MAIL[] = "Subject: x\r\n\r\nHello.\r\n";

enum { PATIENCE_MS = 400, DEAF_MS = 20000, STEP_MS = 10 };

static atomic_bool deaf;

typedef int look_up_fn(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **list);

/* The C library's, but for relay.test: that is this machine, and it takes
 * until the test lets it go. */
int
getaddrinfo(const char *restrict host, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	int64_t until_ms = clock_mono_ms() + DEAF_MS;
	look_up_fn *real;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (strcmp(host, "relay.test") != 0 ||
	    (hints->ai_flags & AI_NUMERICHOST) != 0)
		return real(host, service, hints, list);
	while (atomic_load(&deaf) && clock_mono_ms() < until_ms)
		clock_sleep_ms(STEP_MS);
	return real("127.0.0.1", service, hints, list);
}

static enum smtp_end
send_one(struct smtp *smtp, struct err *err)
{
	return smtp_send(smtp, "bounce@ac-test.fr", "jeanne@example.org", MAIL,
	    sizeof MAIL - 1, err);
}

static void
test_a_name_that_takes_for_ever(void **unused)
{
	static const char *const script[] = {"220 hi", "250 x", "250 x",
	    "250 x", "354 x", "250 x", "221 x", NULL};
	struct mail_conf conf = {.ca_file = "",
	    .user = "",
	    .password_file = "",
	    .from = "a@b.fr",
	    .envelope_from = ""};
	static struct peer peer;
	struct err err = {0};
	struct smtp *smtp;
	int64_t start_ms;
	char url[64];

	(void)unused;
	peer_start(&peer, script);
	(void)snprintf(
	    url, sizeof url, "smtp://relay.test%s", strrchr(peer.url, ':'));
	conf.smtp = one_relay(url);
	smtp = smtp_new(&conf, &err);
	assert_non_null(smtp);
	smtp_set_timeout(smtp, PATIENCE_MS);
	atomic_store(&deaf, true);
	start_ms = clock_mono_ms();
	assert_int_equal(send_one(smtp, &err), SMTP_LATER);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	if (clock_mono_ms() - start_ms > 10 * PATIENCE_MS)
		fail_msg("took %d ms", (int)(clock_mono_ms() - start_ms));
	atomic_store(&deaf, false);
	clock_sleep_ms(100);
	if (send_one(smtp, &err) != SMTP_SENT)
		fail_msg("%s", err.text);
	/* Nobody waits at the end either. */
	atomic_store(&deaf, true);
	smtp_free(smtp);
	smtp = smtp_new(&conf, &err);
	assert_non_null(smtp);
	smtp_set_timeout(smtp, PATIENCE_MS);
	start_ms = clock_mono_ms();
	assert_int_equal(send_one(smtp, &err), SMTP_LATER);
	smtp_free(smtp);
	if (clock_mono_ms() - start_ms > 10 * PATIENCE_MS)
		fail_msg("took %d ms", (int)(clock_mono_ms() - start_ms));
	atomic_store(&deaf, false);
	clock_sleep_ms(100);
	peer_stop(&peer);
}

int
main(void)
{
	struct err err = {0};
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_name_that_takes_for_ever),
	};

	if (smtp_library_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
