#include "lib/flow/letter.h"

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/people/digest.h"
#include "lib/people/people_conf.h"
#include "lib/store/directory.h"

static int
write_letter(struct directory *directory, const char *dn, const char *digest,
    const char *end, const char *assertion, struct err *err)
{
	const char *const digests[] = {digest, NULL};
	const char *const ends[] = {end, NULL};
	const char *const classes[] = {"rentreeAccount", NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeLetter", digests},
	    {CHANGE_REPLACE, "rentreeLetterEnd", ends},
	    {CHANGE_ADD, "objectClass", classes},
	};
	size_t count = COUNT_OF(changes);

	switch (directory_holds(
	    directory, dn, "objectClass", "rentreeAccount", err)) {
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_FOUND:
		count--;
		break;
	case LOOKUP_ABSENT:
		break;
	}
	switch (
	    directory_change(directory, dn, changes, count, assertion, err)) {
	case LOOKUP_FOUND:
		return 0;
	case LOOKUP_ABSENT:
		return err_set(err, ERR_INPUT, "there is no such account");
	case LOOKUP_FAILED:
		break;
	}
	return err->kind == ERR_REFUSED
		   ? err_set(err, ERR_REFUSED, "the account was activated")
		   : -1;
}

int
letter_make(struct directory *directory, const struct digest_keys *keys,
    const char *dn, int64_t end_ms, struct letter_code *code, struct err *err)
{
	char end[CLOCK_GENERALIZED];
	struct digest digest;

	letter_code_make(code);
	digest = digest_letter(keys, 0, code);
	clock_generalized(end_ms, end);
	if (write_letter(directory, dn, digest.text, end, LETTER_NOT_ACTIVATED,
		err) == 0)
		return 0;
	sodium_memzero(code, sizeof *code);
	return -1;
}

int
letter_keep(struct directory *directory, const char *dn, const char *digest,
    int64_t end_ms, int64_t now_ms, struct err *err)
{
	char end[CLOCK_GENERALIZED], now[CLOCK_GENERALIZED];
	struct arena arena = {0};
	const char *assertion;
	int rc;

	clock_generalized(end_ms, end);
	clock_generalized(now_ms, now);
	assertion = arena_printf(&arena,
	    "(&" LETTER_NOT_ACTIVATED
	    "(|(!(rentreeLetter=*))%s(rentreeLetterEnd<=%s)))",
	    directory_equals(&arena, "rentreeLetter", digest), now);
	rc = write_letter(directory, dn, digest, end, assertion, err);
	if (rc != 0 && err->kind == ERR_REFUSED)
		(void)err_set(err, ERR_REFUSED,
		    "the account was activated, or has another letter");
	arena_reset(&arena);
	return rc;
}

const char *
letter_link(struct arena *arena, const struct site_conf *site,
    const struct letter_code *code)
{
	return arena_printf(arena, "%s/a/%s", site->public_url, code->text);
}

int
letter_revoke(struct directory *directory, const char *dn, struct err *err)
{
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeLetter", NULL},
	    {CHANGE_REPLACE, "rentreeLetterEnd", NULL},
	};

	return directory_change(directory, dn, changes, COUNT_OF(changes), NULL,
		   err) == LOOKUP_FAILED
		   ? -1
		   : 0;
}
