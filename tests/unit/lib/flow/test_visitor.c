#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/flow/visitor.h"

static void
test_made(void **unused)
{
	char first[FLOW_REF + 1], other[FLOW_REF + 1];
	bool seen[256] = {false};
	size_t letters = 0;

	(void)unused;
	visitor_make_ref(first);
	for (size_t i = 0; i < 1000; i++) {
		visitor_make_ref(other);
		assert_true(visitor_is_ref(other));
		assert_string_not_equal(first, other);
		for (const char *at = other; *at != '\0'; at++)
			seen[(unsigned char)*at] = true;
	}
	for (size_t i = 0; i < sizeof seen; i++)
		letters += seen[i];
	assert_int_equal(letters, 32);
	/* letters that would be read aloud wrongly */
	assert_false(seen['I'] || seen['L'] || seen['O'] || seen['U']);
}

static void
test_is_ref(void **unused)
{
	static const char *const bad[] = {"", "7K3QWBX", "7K3QWBXXX",
	    "7k3qwbxx", "7K3QWBXO", "7K3QWB X", "7K3QWBX\"", "<script>"};

	(void)unused;
	assert_true(visitor_is_ref("7K3QWBXX"));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (visitor_is_ref(bad[i]))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_made),
	    cmocka_unit_test(test_is_ref),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
