/* Only so many at a time, a short queue, and a share for each guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "lib/base/clock.h"
#include "lib/base/net.h"
#include "lib/web/gate.h"

enum { LONG_MS = 60000, CROWD = 16, ROUNDS = 200 };

static struct net_address
guest(const char *text)
{
	struct net_address address;

	assert_true(net_parse(text, &address));
	return address;
}

static void
test_full_is_told_at_once(void **state)
{
	struct gate *gate = gate_new(&(struct gate_size){2, 2, 2});
	struct net_address one = guest("192.0.2.1"), two = guest("192.0.2.2");

	(void)state;
	assert_true(gate_enter(gate, &one, LONG_MS));
	assert_true(gate_enter(gate, &two, LONG_MS));
	/* Would be LONG_MS, were there a place to wait. */
	assert_false(gate_enter(gate, &one, LONG_MS));
	gate_leave(gate, &two);
	assert_true(gate_enter(gate, &one, LONG_MS));
	gate_leave(gate, &one);
	gate_leave(gate, &one);
	gate_free(gate);
}

static void
test_nobody_waits_for_ever(void **state)
{
	struct gate *gate = gate_new(&(struct gate_size){1, 4, 4});
	struct net_address one = guest("192.0.2.1");

	(void)state;
	assert_true(gate_enter(gate, &one, LONG_MS));
	for (int i = 0; i < 10; i++) /* and gives its place back */
		assert_false(gate_enter(gate, &one, 1));
	gate_leave(gate, &one);
	assert_true(gate_enter(gate, &one, LONG_MS));
	gate_leave(gate, &one);
	gate_free(gate);
}

/* A guest is an IPv4 address, or the /64 of an IPv6 one. */
static void
test_a_guest_has_a_share(void **state)
{
	static const struct {
		const char *first, *second;
		bool same;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1", true},
	    {"192.0.2.1", "192.0.2.2", false},
	    {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
	    {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct gate *gate = gate_new(&(struct gate_size){8, 8, 2});
		struct net_address first = guest(cases[i].first);
		struct net_address second = guest(cases[i].second);

		assert_true(gate_enter(gate, &first, 0));
		assert_true(gate_enter(gate, &first, 0));
		if (gate_enter(gate, &second, 0) == cases[i].same)
			fail_msg("case %zu", i);
		gate_free(gate);
	}
}

struct crowd {
	struct gate *gate;
	struct net_address address;
	atomic_int inside, most, served;
};

static void *
visit(void *context)
{
	struct crowd *crowd = context;

	for (int i = 0; i < ROUNDS; i++) {
		int now, most;

		if (!gate_enter(crowd->gate, &crowd->address, LONG_MS))
			continue;
		now = atomic_fetch_add(&crowd->inside, 1) + 1;
		most = atomic_load(&crowd->most);
		while (now > most &&
		       !atomic_compare_exchange_weak(&crowd->most, &most, now))
			;
		atomic_fetch_add(&crowd->served, 1);
		atomic_fetch_sub(&crowd->inside, 1);
		gate_leave(crowd->gate, &crowd->address);
	}
	return NULL;
}

/* All of a crowd that finds room to wait is served, three at a time. */
static void
test_a_crowd(void **state)
{
	struct crowd crowd = {.address = guest("192.0.2.1")};
	pthread_t threads[CROWD];

	(void)state;
	crowd.gate = gate_new(&(struct gate_size){3, CROWD, CROWD});
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, visit, &crowd), 0);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&crowd.served), CROWD * ROUNDS);
	assert_in_range(atomic_load(&crowd.most), 1, 3);
	gate_free(crowd.gate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_full_is_told_at_once),
	    cmocka_unit_test(test_nobody_waits_for_ever),
	    cmocka_unit_test(test_a_guest_has_a_share),
	    cmocka_unit_test(test_a_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
