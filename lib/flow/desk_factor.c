#include "lib/flow/desk_factor.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/directory.h"

#define ATTRIBUTE "rentreeDeskSecret"

/* --- the directory -------------------------------------------------------- */

struct reading {
	const char *dn;
	struct arena *arena;
	const char *value, *pwd_changed;
};

static int
on_entry(const struct directory_entry *entry, void *context, struct err *err)
{
	struct reading *in = context;

	(void)err;
	if (strcmp(entry->dn, in->dn) != 0)
		return 0;
	if (entry->values[0][0] != NULL)
		in->value = arena_dup(in->arena, entry->values[0][0]);
	if (entry->values[1][0] != NULL)
		in->pwd_changed = arena_dup(in->arena, entry->values[1][0]);
	return 0;
}

int
factor_load(struct directory *directory, const struct factor_keys *keys,
    const char *dn, const char *uuid, struct arena *arena,
    struct factor *factor, struct err *err)
{
	static const char *const names[] = {ATTRIBUTE, "pwdChangedTime", NULL};
	struct reading in = {dn, arena, NULL, ""};

	if (directory_sweep(directory, dn, "(objectClass=*)", names, on_entry,
		&in, err) != 0)
		return -1;
	factor_read(keys, uuid, in.value, arena, factor);
	(void)!text_format(factor->uuid, sizeof factor->uuid, "%s", uuid);
	factor->pwd_changed = in.pwd_changed;
	return 0;
}

/* The value that was read gives its place to the factor as it is now. ABSENT:
 * it is not there any more. */
static enum lookup
swap(struct directory *directory, const struct factor_keys *keys,
    const char *dn, struct factor *factor, struct err *err)
{
	struct arena arena = {0};
	const char *values[] = {factor_write(keys, factor, &arena), NULL};
	const char *before[] = {factor->value, NULL};
	const struct change changes[] = {
	    {CHANGE_DELETE, ATTRIBUTE, before},
	    {CHANGE_ADD, ATTRIBUTE, values},
	};
	enum lookup done =
	    directory_change(directory, dn, changes, 2, NULL, err);

	arena_reset(&arena);
	if (done == LOOKUP_FAILED && err->kind == ERR_REFUSED) {
		*err = (struct err){0};
		return LOOKUP_ABSENT;
	}
	return done;
}

enum lookup
factor_remove(struct directory *directory, const char *dn, struct err *err)
{
	const struct change change = {CHANGE_DELETE, ATTRIBUTE, NULL};
	enum lookup done =
	    directory_change(directory, dn, &change, 1, NULL, err);

	if (done == LOOKUP_FAILED && err->kind == ERR_REFUSED) {
		*err = (struct err){0};
		return LOOKUP_ABSENT;
	}
	return done;
}

/* --- inviting and enrolling ----------------------------------------------- */

static void
digest_code(const struct letter_code *code, unsigned char digest[32])
{
	static const unsigned char personal[16] = "rentree.desk";
	static const unsigned char salt[16] = {0};

	(void)crypto_generichash_blake2b_salt_personal(digest, 32,
	    (const void *)code->text, strlen(code->text), NULL, 0, salt,
	    personal);
}

int
factor_invite(struct directory *directory, const struct factor_keys *keys,
    const char *dn, const struct factor *before, int64_t now_ms,
    struct letter_code *code, struct err *err)
{
	struct factor factor = {.state = FACTOR_INVITED,
	    .ends_ms = now_ms + FACTOR_INVITED_S * 1000LL};
	struct arena arena = {0};
	const char *values[] = {NULL, NULL};
	const struct change change = {CHANGE_REPLACE, ATTRIBUTE, values};
	enum lookup done;

	memcpy(factor.uuid, before->uuid, sizeof factor.uuid);
	letter_code_make(code);
	digest_code(code, factor.digest);
	values[0] = factor_write(keys, &factor, &arena);
	done = directory_change(directory, dn, &change, 1, NULL, err);
	arena_reset(&arena);
	if (done == LOOKUP_FOUND)
		return 0;
	sodium_memzero(code, sizeof *code);
	return done == LOOKUP_ABSENT ? err_set(err, ERR_INPUT,
					   "the account is not there any more")
				     : -1;
}

bool
factor_fits(const struct factor *factor, const char *typed, int64_t now_ms)
{
	struct letter_code code;
	unsigned char digest[32];
	bool fits;

	if (letter_code_parse(typed, &code) != LETTER_CODE_FINE)
		return false;
	digest_code(&code, digest);
	fits = factor->state == FACTOR_INVITED && now_ms < factor->ends_ms &&
	       sodium_memcmp(digest, factor->digest, sizeof digest) == 0;
	sodium_memzero(&code, sizeof code);
	return fits;
}

enum lookup
factor_enrol(struct directory *directory, const struct factor_keys *keys,
    const char *dn, struct factor *factor, struct err *err)
{
	factor->state = FACTOR_ENROLLED;
	randombytes_buf(factor->serial, FACTOR_SERIAL);
	totp_make(factor->secret);
	factor->step = 0;
	factor->wrong = 0;
	factor->wrong_ms = 0;
	return swap(directory, keys, dn, factor, err);
}

/* --- a code --------------------------------------------------------------- */

const char *
factor_verdict_name(enum factor_verdict verdict)
{
	static const char *const names[] = {[FACTOR_FAILED] = "unavailable",
	    [FACTOR_RIGHT] = NULL,
	    [FACTOR_WRONG] = "wrong-code",
	    [FACTOR_USED] = "used-code",
	    [FACTOR_BUSY] = "code-busy",
	    [FACTOR_PAUSED] = "code-limit"};

	return names[verdict];
}

static bool
is_paused(const struct factor *factor, int64_t now_ms)
{
	if (factor->wrong >= FACTOR_WRONG_MAX)
		return true;
	return factor->wrong > 0 && factor->wrong % FACTOR_TRIES == 0 &&
	       now_ms < factor->wrong_ms + FACTOR_PAUSE_MS;
}

enum factor_verdict
factor_check(struct directory *directory, const struct factor_keys *keys,
    const char *dn, struct factor *factor, const char *typed, int64_t now_ms,
    struct err *err)
{
	enum factor_verdict verdict = FACTOR_WRONG;
	int64_t step;

	if (is_paused(factor, now_ms))
		return FACTOR_PAUSED;
	switch (
	    totp_check(factor->secret, typed, now_ms, factor->step, &step)) {
	case TOTP_USED: /* it was right: nobody guessed it */
		return FACTOR_USED;
	case TOTP_RIGHT:
		verdict = FACTOR_RIGHT;
		factor->step = step;
		factor->wrong = 0;
		factor->wrong_ms = 0;
		break;
	case TOTP_WRONG:
		factor->wrong++;
		factor->wrong_ms = now_ms;
		break;
	}
	switch (swap(directory, keys, dn, factor, err)) {
	case LOOKUP_FOUND:
		return verdict;
	case LOOKUP_ABSENT:
		return FACTOR_BUSY;
	default:
		return FACTOR_FAILED;
	}
}
