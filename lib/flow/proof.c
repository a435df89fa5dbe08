#include "lib/flow/proof.h"

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/people/digest.h"
#include "lib/people/person.h"
#include "lib/store/directory.h"

/* A code that is over is nobody's. */
static void
drop_ended(struct directory_found *found)
{
	int64_t now_ms = clock_now_ms();
	size_t n = 0;

	for (size_t i = 0; i < found->count; i++)
		if (found->list[i].code_end_ms == 0 ||
		    found->list[i].code_end_ms > now_ms)
			found->list[n++] = found->list[i];
	found->count = n;
}

int
proof_find(struct hands *hands, const struct number *number,
    struct directory_found *found, struct err *err)
{
	const struct digest_keys *keys = hands->shop->numbers;
	const char *values[DIGEST_KEYS_MAX];

	for (size_t i = 0; i < keys->count; i++) {
		struct digest proof = digest_proof(keys, i, number);

		values[i] = arena_dup(&hands->arena, proof.text);
	}
	if (directory_find_proof(hands->directory, values, keys->count,
		&hands->arena, found, err) != 0)
		return -1;
	if (number->kind == NUMBER_CODE)
		drop_ended(found);
	return 0;
}

bool
proof_birth_fits(const struct hands *hands, const struct person *person,
    const struct birth *birth)
{
	struct birth clear;

	if (person->birth == NULL)
		return false;
	if (birth_from_directory(person->birth, &clear))
		return sodium_memcmp(clear.text, birth->text, BIRTH_TEXT) == 0;
	return digest_birth_matches(
	    hands->shop->numbers, person->birth, person->login, birth);
}
