/* An invitation is counted once, however often its request comes: against a
 * real slapd and a real Redis. */
#include "lib/flow/invite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/flow/flow_conf.h"
#include "lib/flow/hands.h"
#include "lib/flow/post.h"
#include "lib/people/people_conf.h"
#include "tests/support/house.h"
#include "tests/unit/lib/flow/desk.h"

#define DN "uid=awaited," SLAPD_PEOPLE

static const char ldif[] =
    "dn: " DN "\nobjectClass: inetOrgPerson\nobjectClass: rentreeAccount\n"
    "uid: awaited\ncn: Awaited\nsn: Awaited\n"
    "rentreeRecoveryMail: awaited@example.org\n\n";

static struct desk desk;
static struct house house;

/* The note that the first attempt left. */
static void
note(struct directory *directory, int64_t invited_ms)
{
	char when[CLOCK_GENERALIZED];
	const char *const times[] = {when, NULL}, *const counts[] = {"1", NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeInvited", times},
	    {CHANGE_REPLACE, "rentreeInvitations", counts},
	};

	clock_generalized(invited_ms, when);
	assert_int_equal(directory_change(directory, DN, changes,
			     COUNT_OF(changes), NULL, &house.err),
	    LOOKUP_FOUND);
}

/* The request comes again: its mail went, and the worker was killed before it
 * had said so. */
static void
comes_again(struct directory *directory, int64_t asked_ms)
{
	const struct invite_request request = {
	    .login = "awaited", .language = "fr", .ref = "7K3QWBXX"};
	const struct site_conf site = {.name = ""};
	const struct limits_conf limits = {.activation_lifetime_s = 86400};
	const struct workshop shop = {.site = &site, .limits = &limits};
	struct hands hands = {
	    .shop = &shop, .kv = desk.kv, .directory = directory, .attempt = 2};
	struct envelope envelope = {.asked_ms = asked_ms};
	char id[ENVELOPE_ID_TEXT];
	struct request_end end;
	struct buf payload;

	buf_init(&payload, 4096);
	invite_pack(&request, &payload);
	envelope.payload = (const unsigned char *)buf_text(&payload);
	envelope.len = payload.len;
	envelope_id_text(envelope.id, id);
	assert_int_not_equal(
	    post_first_time(&hands, id, "invite", &desk.err), LOOKUP_FAILED);
	end = invite_do(&hands, &envelope, &desk.err);
	assert_int_equal(end.verdict, REQUEST_FINISHED);
	buf_free(&payload);
	arena_reset(&hands.arena);
}

static void
a_repeat_counts_once(void **unused)
{
	struct directory *worker = house_worker(&house);
	int64_t invited_ms = clock_now_ms() / 1000 * 1000;

	(void)unused;
	/* Asked and noted within a second, of which the note is the start. */
	note(worker, invited_ms);
	comes_again(worker, invited_ms + 999);
	assert_string_equal(
	    house_stored(&house, "awaited", "rentreeInvitations"), "1");
	/* And one that was never noted. */
	note(worker, invited_ms - 1000);
	comes_again(worker, invited_ms);
	assert_string_equal(
	    house_stored(&house, "awaited", "rentreeInvitations"), "2");
	directory_free(worker);
}

static int
start(void **unused)
{
	(void)unused;
	desk_start(&desk);
	house_start(&house, ldif, NULL);
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	house_stop(&house);
	desk_stop(&desk);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_repeat_counts_once),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
