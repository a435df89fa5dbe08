/* A new number at the desk: made here, or typed as the rectorat told it. */
#include "lib/flow/desk_internal.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"

/* --- what the operator was shown ------------------------------------------ */

/* Whatever order the directory tells them in. */
void
desk_seen(const struct person *person, char seen[DESK_SEEN])
{
	unsigned char sum[16] = {0}, one[16];

	for (size_t i = 0; person->proofs[i] != NULL; i++) {
		(void)crypto_generichash(one, sizeof one,
		    (const unsigned char *)person->proofs[i],
		    strlen(person->proofs[i]), NULL, 0);
		for (size_t j = 0; j < sizeof sum; j++)
			sum[j] ^= one[j];
	}
	sodium_bin2base64(seen, DESK_SEEN, sum, sizeof sum,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* --- what was typed ------------------------------------------------------- */

enum desk_end
desk_read_number(struct desk_doing *doing)
{
	struct desk_answer *answer = doing->answer;
	const char *typed = doing->act->number;

	answer->number_fault =
	    typed == NULL || !text_is_clean(typed, strlen(typed))
		? NUMBER_EMPTY
		: number_parse(typed, &doing->number);
	return answer->number_fault == NUMBER_FINE &&
		       doing->number.kind == NUMBER_NUMEN
		   ? DESK_DONE
		   : DESK_BAD_NUMBER;
}

static bool
is_same_name(
    struct arena *arena, const struct person *one, const struct person *other)
{
	return one->family != NULL && other->family != NULL &&
	       one->given != NULL && other->given != NULL &&
	       strcmp(names_key(arena, one->family),
		   names_key(arena, other->family)) == 0 &&
	       strcmp(names_key(arena, one->given),
		   names_key(arena, other->given)) == 0;
}

/* A slip may make somebody else's NUMEN of it. Two accounts of one person may
 * share theirs. */
static enum desk_end
is_free(struct desk_doing *doing, struct err *err)
{
	const struct desk_tools *tools = doing->tools;
	const struct person *person = &doing->answer->person;
	const char *values[DIGEST_KEYS_MAX];
	struct directory_found found = {0};

	for (size_t i = 0; i < tools->numbers->count; i++)
		values[i] = arena_dup(tools->arena,
		    digest_proof(tools->numbers, i, &doing->number).text);
	if (directory_find_proof(tools->directory, values,
		tools->numbers->count, tools->arena, &found, err) != 0)
		return DESK_FAILED;
	for (size_t i = 0; i < found.count; i++)
		if (strcmp(found.list[i].uuid, person->uuid) != 0 &&
		    !is_same_name(tools->arena, person, &found.list[i]))
			return DESK_TAKEN;
	return found.too_many ? DESK_TAKEN : DESK_DONE;
}

/* --- the Modify ----------------------------------------------------------- */

static bool
is_ended(enum desk_kind kind, const char *proof)
{
	return text_has_prefix(proof, "{CODE}") ||
	       (kind != DESK_PHONE && text_has_prefix(proof, "{NUMEN}"));
}

/* The very values that give way, NULL-terminated. */
static const char *const *
ended(const struct desk_doing *doing)
{
	char **proofs = doing->answer->person.proofs;
	size_t count = 0, n = 0;
	const char **list;

	while (proofs[count] != NULL)
		count++;
	list = arena_array(doing->tools->arena, count + 1, sizeof *list);
	for (size_t i = 0; i < count; i++)
		if (is_ended(doing->act->kind, proofs[i]))
			list[n++] = proofs[i];
	return list;
}

static bool
holds_already(const struct desk_doing *doing, const char *const *old)
{
	const struct digest_keys *keys = doing->tools->numbers;

	if (old[0] == NULL || old[1] != NULL)
		return false;
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(digest_proof(keys, i, &doing->number).text,
			old[0]) == 0)
			return true;
	return false;
}

/* Where there is no value to delete, nobody may have given one meanwhile. */
static const char *
nobody_else(const struct desk_doing *doing, const char *const *old)
{
	const struct person *person = &doing->answer->person;
	bool phone = doing->act->kind == DESK_PHONE;
	int64_t at_ms = phone ? person->code_end_ms : person->reissued_ms;
	const char *attribute = phone ? "rentreeCodeEnd" : "rentreeReissued";
	char at[CLOCK_GENERALIZED];

	if (old[0] != NULL)
		return NULL;
	if (at_ms == 0)
		return arena_printf(
		    doing->tools->arena, "(!(%s=*))", attribute);
	clock_generalized(at_ms, at);
	return directory_equals(doing->tools->arena, attribute, at);
}

static enum desk_end
write_number(struct desk_doing *doing, const char *const *old, struct err *err)
{
	static const char *const ours[] = {"rentreeAccount", NULL};
	bool phone = doing->act->kind == DESK_PHONE;
	char now[CLOCK_GENERALIZED], end[CLOCK_GENERALIZED];
	const char *const proofs[] = {doing->follow.value, NULL};
	const char *const times[] = {now, NULL}, *const ends[] = {end, NULL};
	struct change changes[DESK_CHANGES];
	size_t n = 0;

	clock_generalized(doing->now_ms, now);
	clock_generalized(doing->answer->until_ms, end);
	if (old[0] != NULL)
		changes[n++] =
		    (struct change){CHANGE_DELETE, "rentreeProof", old};
	changes[n++] = (struct change){CHANGE_ADD, "rentreeProof", proofs};
	changes[n++] = (struct change){CHANGE_REPLACE, "rentreeCodeEnd",
	    doing->number.kind == NUMBER_CODE ? ends : NULL};
	if (!phone) {
		changes[n++] =
		    (struct change){CHANGE_REPLACE, "rentreeReissued", times};
		changes[n++] =
		    (struct change){CHANGE_REPLACE, "rentreeLetter", NULL};
		changes[n++] =
		    (struct change){CHANGE_REPLACE, "rentreeLetterEnd", NULL};
	}
	if (!doing->is_ours)
		changes[n++] = (struct change){CHANGE_ADD, "objectClass", ours};
	return desk_commit(doing, changes, n, nobody_else(doing, old), err);
}

static int64_t
end_of_code(const struct desk_doing *doing)
{
	long life_s = doing->act->kind == DESK_PHONE
			  ? DESK_PHONE_S
			  : doing->tools->limits->code_lifetime_s;

	return doing->now_ms + life_s * 1000LL;
}

enum desk_end
desk_give_number(struct desk_doing *doing, struct err *err)
{
	const char *const *old = ended(doing);
	enum desk_end end = DESK_DONE;

	if (doing->act->kind == DESK_NUMEN) {
		end = holds_already(doing, old) ? DESK_NOT_NEEDED
						: is_free(doing, err);
	} else {
		number_make_code(&doing->number);
		doing->answer->until_ms = end_of_code(doing);
		doing->follow.until_ms = doing->answer->until_ms;
	}
	if (end != DESK_DONE)
		return end;
	doing->follow.value = arena_dup(doing->tools->arena,
	    digest_proof(doing->tools->numbers, 0, &doing->number).text);
	end = write_number(doing, old, err);
	if (end == DESK_DONE && doing->number.kind == NUMBER_CODE)
		number_group(&doing->number, doing->answer->code);
	return end;
}
