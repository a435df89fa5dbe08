#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/people/state.h"

enum { NOW = 1000000 };

static void
test_judge(void **unused)
{
	static const struct {
		struct state_facts facts;
		enum state state;
	} cases[] = {
	    {{.state = NULL}, STATE_ACTIVE},
	    {{.state = ""}, STATE_ACTIVE},
	    {{.state = "A"}, STATE_ACTIVE},
	    {{.state = "A:SupannActif"}, STATE_ACTIVE},
	    {{.state = "A:SupannSursis"}, STATE_ACTIVE},
	    {{.state = "A:SupannAnticipe"}, STATE_ACTIVE},
	    {{.state = "{COMPTE}A:SupannActif"}, STATE_ACTIVE},
	    {{.state = "{COMPTE}A"}, STATE_ACTIVE},
	    {{.state = "I:SupannInactif"}, STATE_LEFT},
	    {{.state = "I:SupannPrecree"}, STATE_LEFT},
	    {{.state = "I"}, STATE_LEFT},
	    {{.state = "{COMPTE}I:SupannSupprCompte"}, STATE_LEFT},
	    {{.state = "S:SupannVerrouAdministratif"}, STATE_SUSPENDED},
	    {{.state = "S"}, STATE_SUSPENDED},
	    {{.state = "{COMPTE}S:SupannVerrouille"}, STATE_SUSPENDED},
	    /* unreadable is never active */
	    {{.state = "{COMPTE}"}, STATE_UNKNOWN},
	    {{.state = "{MAIL}A:SupannActif"}, STATE_UNKNOWN},
	    {{.state = "{COMPTE}{COMPTE}A"}, STATE_UNKNOWN},
	    {{.state = "{COMPTE} A:SupannActif"}, STATE_UNKNOWN},
	    {{.state = "Active"}, STATE_UNKNOWN},
	    {{.state = "A:"}, STATE_UNKNOWN},
	    {{.state = "A "}, STATE_UNKNOWN},
	    {{.state = " A"}, STATE_UNKNOWN},
	    {{.state = "a:SupannActif"}, STATE_UNKNOWN},
	    {{.state = ":SupannActif"}, STATE_UNKNOWN},
	    {{.state = "A:SupannActif:20200101:20210101"}, STATE_UNKNOWN},
	    {{.state = "A:Supann Actif"}, STATE_UNKNOWN},
	    {{.state = "X:SupannActif"}, STATE_UNKNOWN},
	    /* ends that are over, and those to come */
	    {{.state = "A:SupannActif", .state_end_ms = NOW + 1}, STATE_ACTIVE},
	    {{.state = "A:SupannActif", .state_end_ms = NOW}, STATE_LEFT},
	    {{.state = "A:SupannSursis", .state_end_ms = 1}, STATE_LEFT},
	    {{.state_end_ms = -1}, STATE_LEFT},
	    {{.pwd_end_ms = NOW + 1}, STATE_ACTIVE},
	    {{.pwd_end_ms = NOW}, STATE_LEFT},
	    {{.pwd_end_ms = NOW - 1}, STATE_LEFT},
	    /* the strongest word wins */
	    {{.admin_lock = true}, STATE_SUSPENDED},
	    {{.state = "A:SupannActif", .admin_lock = true}, STATE_SUSPENDED},
	    {{.state = "I:SupannInactif", .admin_lock = true}, STATE_SUSPENDED},
	    {{.state = "nonsense", .admin_lock = true}, STATE_SUSPENDED},
	    {{.state = "S:SupannVerrouAdministratif", .pwd_end_ms = NOW},
		STATE_SUSPENDED},
	    {{.state = "S", .state_end_ms = 1}, STATE_SUSPENDED},
	    {{.state = "nonsense", .state_end_ms = 1}, STATE_UNKNOWN},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum state state = state_judge(&cases[i].facts, NOW);

		if (state != cases[i].state)
			fail_msg("case %zu (%s) is %s", i, cases[i].facts.state,
			    state_name(state));
	}
}

static void
test_name(void **unused)
{
	(void)unused;
	assert_string_equal(state_name(STATE_ACTIVE), "active");
	assert_string_equal(state_name(STATE_SUSPENDED), "suspended");
	assert_string_equal(state_name(STATE_LEFT), "left");
	assert_string_equal(state_name(STATE_UNKNOWN), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_judge),
	    cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
