#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/parts.h"

static void
assert_json(const struct parts *parts, const char *text)
{
	struct json *json = parts_json(parts);
	struct arena arena = {0};

	assert_string_equal(json_line(&arena, json), text);
	json_free(json);
	arena_reset(&arena);
}

static void
test_one_word_each(void **unused)
{
	struct parts *parts =
	    parts_new(NULL, 1u << PART_REDIS | 1u << PART_CLOCK);

	(void)unused;
	assert_true(parts_are_ready(parts));
	assert_json(parts, "{\"status\":\"ready\",\"parts\":{\"redis\":"
			   "\"unknown\",\"clock\":\"unknown\"}}");
	assert_true(parts_set(parts, PART_REDIS, "ok"));
	assert_false(parts_set(parts, PART_REDIS, "ok"));
	/* Not one of this program's. */
	(void)parts_set(parts, PART_MAIL, "unreachable");
	assert_true(parts_are_ready(parts));
	assert_true(parts_set(parts, PART_REDIS, "full"));
	(void)parts_set(parts, PART_CLOCK, "apart");
	assert_false(parts_are_ready(parts));
	assert_json(parts,
	    "{\"status\":\"closed\",\"reason\":\"redis: full, clock: "
	    "apart\",\"parts\":{\"redis\":\"full\",\"clock\":\"apart\"}}");
	assert_false(parts_set(NULL, PART_REDIS, "ok"));
	parts_free(parts);
}

/* What Redis and our own module say, and nothing of it in the word. */
static void
test_classes(void **unused)
{
	static const struct {
		enum err_kind kind;
		const char *text, *word;
	} cases[] = {
	    {ERR_UNAVAILABLE, "redis: no connection to 10.0.0.1: refused",
		"unreachable"},
	    {ERR_UNAVAILABLE, "Redis says: WRONGPASS invalid username",
		"refused"},
	    {ERR_UNAVAILABLE, "Redis says: NOPERM this user has no", "refused"},
	    {ERR_UNAVAILABLE, "Redis says: OOM command not allowed", "full"},
	    {ERR_UNAVAILABLE, "Redis says: MISCONF Errors writing", "full"},
	    {ERR_UNAVAILABLE, "Redis says: LOADING Redis is", "busy"},
	    {ERR_UNAVAILABLE, "all connections to Redis are busy", "busy"},
	    {ERR_UNAVAILABLE, "Redis says: READONLY You can't", "no-master"},
	    {ERR_UNAVAILABLE, "sentinel, master m: it is not the master",
		"no-master"},
	    {ERR_UNAVAILABLE, "Redis says: ERR Function not found",
		"unprepared"},
	    {ERR_CONFIG, "directory: connect: Invalid credentials", "refused"},
	    {ERR_INTERNAL, "TIME: strange answer", "failing"},
	};

	(void)unused;
	assert_string_equal(parts_class(NULL), "ok");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct err err = {0};

		(void)err_set(&err, cases[i].kind, "%s", cases[i].text);
		assert_string_equal(parts_class(&err), cases[i].word);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_word_each),
	    cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
