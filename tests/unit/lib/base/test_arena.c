#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"

static void
test_pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = {
	    0, 1, 15, 16, 17, 100, 2000, 4096, 8192, 8193, 100000, 3};
	unsigned char *pieces[COUNT_OF(sizes)];
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		pieces[i] = arena_alloc(&arena, sizes[i]);
		assert_int_equal(
		    (uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, sizes[i]);
		for (size_t j = 0; j < i; j++)
			assert_ptr_not_equal(pieces[i], pieces[j]);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(pieces[i][j], i + 1);
	}
	arena_reset(&arena);
}

static void
test_large_piece_keeps_the_head_in_use(void **state)
{
	struct arena arena = {0};
	struct arena_block *head;

	(void)state;
	arena_alloc(&arena, 10);
	head = arena.head;
	arena_alloc(&arena, 50000);
	assert_ptr_equal(arena.head, head);
	arena_alloc(&arena, 10);
	assert_ptr_equal(arena.head, head);
	arena_reset(&arena);
}

static void
test_reset_empties_and_leaves_usable(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_reset(&arena);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 1000; i++)
			arena_dup(&arena, "a password that must not stay");
		arena_reset(&arena);
		assert_null(arena.head);
	}
}

static void
test_copies(void **state)
{
	struct arena arena = {0};
	const char original[] = "Ren\0tree";
	char *copy;

	(void)state;
	copy = arena_dup(&arena, original);
	assert_string_equal(copy, "Ren");
	copy = arena_dup_n(&arena, original, 8);
	assert_memory_equal(copy, "Ren\0tree\0", 9);
	assert_string_equal(arena_dup_n(&arena, NULL, 0), "");
	assert_string_equal(
	    arena_printf(&arena, "%s-%05d", "x", 42), "x-00042");
	copy = arena_printf(&arena, "%20000s", "y");
	assert_int_equal(strlen(copy), 20000);
	arena_reset(&arena);
}

static void
test_reuse_keeps_one_block_empty(void **state)
{
	struct arena arena = {0};
	char *first;

	(void)state;
	arena_reuse(&arena); /* of nothing */
	first = arena_dup(&arena, "secret");
	arena_reuse(&arena);
	/* the same place, wiped */
	assert_ptr_equal(arena_alloc(&arena, 8), first);
	assert_memory_equal(first, "\0\0\0\0\0\0\0\0", 8);
	for (int i = 0; i < 1000; i++)
		(void)arena_alloc(&arena, 100);
	(void)arena_alloc(&arena, 100000);
	arena_reuse(&arena);
	for (int i = 0; i < 8 * 1024; i += 16)
		assert_int_equal(*(char *)arena_alloc(&arena, 16), 0);
	arena_reset(&arena);
}

/* It writes where there is room, and what did not fit is wiped there. */
static void
test_printing_at_the_end_of_a_block(void **state)
{
	static const char zeros[64];
	struct arena arena = {0};
	char *before, *text, *after;
	size_t len;

	(void)state;
	for (len = 8000; len < 8300; len++) {
		before = arena_alloc(&arena, len - len % 16);
		memset(before, 'b', len - len % 16);
		text = arena_printf(&arena, "%s%d", "secret of the page ", 42);
		assert_string_equal(text, "secret of the page 42");
		after = arena_alloc(&arena, sizeof(zeros));
		assert_memory_equal(after, zeros, sizeof(zeros));
		assert_int_equal(before[len - len % 16 - 1], 'b');
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
	    cmocka_unit_test(test_large_piece_keeps_the_head_in_use),
	    cmocka_unit_test(test_reset_empties_and_leaves_usable),
	    cmocka_unit_test(test_copies),
	    cmocka_unit_test(test_reuse_keeps_one_block_empty),
	    cmocka_unit_test(test_printing_at_the_end_of_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
