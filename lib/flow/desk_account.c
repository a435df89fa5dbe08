/* What a desk does besides numbers: address, lock, letter, link. */
#include "lib/flow/desk_internal.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/invite.h"
#include "lib/flow/letter.h"
#include "lib/people/digest.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"

/* The lock of an administrator: no failed bind ever wrote it. */
#define NOT_PERMANENT "(!(pwdAccountLockedTime=000001010000Z))"

/* --- the rescue address --------------------------------------------------- */

/* A day, whatever longer time [limits] gives to what a person types: somebody
 * has seen them. The operator's own word, at the command line and without a
 * document, counts at once, as a feed's does. */
enum { DESK_COOLOFF_S = 24 * 3600 };

enum desk_end
desk_read_address(struct desk_doing *doing, struct err *err)
{
	const struct desk_tools *tools = doing->tools;
	const struct conf_words *names = &tools->attributes->recovery_mail;
	const char *typed = doing->act->address;
	struct desk_answer *answer = doing->answer;

	/* Where the address is kept, it must also be the first place it is
	 * read from, or what is written would not count. */
	if (names->count == 0 ||
	    !text_equal_nocase(names->list[0], "rentreeRecoveryMail")) {
		(void)err_set(err, ERR_CONFIG,
		    "[directory.attributes] recovery_mail does not begin with "
		    "rentreeRecoveryMail: set the address where it is kept");
		return DESK_FAILED;
	}
	answer->rescue_fault = RESCUE_FORM;
	if (typed != NULL && text_is_clean(typed, strlen(typed)))
		answer->rescue_fault = rescue_judge(
		    tools->arena, tools->site, typed, &doing->address);
	return answer->rescue_fault == RESCUE_FINE ? DESK_DONE
						   : DESK_BAD_ADDRESS;
}

static long
cooloff_s(const struct desk_doing *doing)
{
	const char *old = doing->answer->person.recovery_mail;
	long s = doing->tools->limits->recovery_mail_cooloff_s;

	if (old == NULL || strcmp(old, doing->address) == 0 ||
	    (doing->act->no_document &&
		doing->act->document == DESK_NO_DOCUMENT))
		return 0;
	return s < DESK_COOLOFF_S ? s : DESK_COOLOFF_S;
}

/* What the person typed before does not wait any more. The note that it is
 * verified keeps a feed from putting its own in its place. */
static enum desk_end
set_now(struct desk_doing *doing, struct err *err)
{
	static const char *const ours[] = {"rentreeAccount", NULL};
	const char *const addresses[] = {doing->address, NULL};
	char now[CLOCK_GENERALIZED];
	const char *const times[] = {now, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMail", addresses},
	    {CHANGE_REPLACE, "rentreeRecoveryMailVerified", times},
	    {CHANGE_REPLACE, "rentreeRecoveryMailPending", NULL},
	    {CHANGE_ADD, "objectClass", doing->is_ours ? NULL : ours}};

	clock_generalized(doing->now_ms, now);
	return desk_commit(doing, changes, COUNT_OF(changes), NULL, err);
}

/* One that waited and counts by now stands where the new one is to wait: it
 * takes the first place, or the one before it would count again. */
static enum desk_end
set_later(struct desk_doing *doing, long wait_s, struct err *err)
{
	static const char *const ours[] = {"rentreeAccount", NULL};
	const struct person *person = &doing->answer->person;
	bool is_due = person->recovery_is_due;
	char due[CLOCK_GENERALIZED], now[CLOCK_GENERALIZED];
	const char *values[2] = {NULL, NULL};
	const char *const old[] = {person->recovery_mail, NULL};
	const char *const times[] = {now, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMailPending", values},
	    {CHANGE_ADD, "objectClass", doing->is_ours ? NULL : ours},
	    {CHANGE_REPLACE, "rentreeRecoveryMail", old},
	    {CHANGE_REPLACE, "rentreeRecoveryMailVerified", times}};

	clock_generalized(doing->now_ms, now);
	doing->answer->counts_ms = doing->now_ms + wait_s * 1000LL;
	doing->follow.counts_ms = doing->answer->counts_ms;
	clock_generalized(doing->answer->counts_ms, due);
	values[0] =
	    arena_printf(doing->tools->arena, "%s$%s", due, doing->address);
	/* Only what was seen: it may have been cancelled meanwhile. */
	return is_due ? desk_commit(doing, changes, COUNT_OF(changes),
			    directory_equals(doing->tools->arena,
				"rentreeRecoveryMailPending",
				person->recovery_pending),
			    err)
		      : desk_commit(doing, changes, 2, NULL, err);
}

enum desk_end
desk_set_rescue(struct desk_doing *doing, struct err *err)
{
	const char *old = doing->answer->person.recovery_mail;
	long wait_s = cooloff_s(doing);

	doing->follow.value = doing->address;
	if (wait_s == 0 && old != NULL && strcmp(old, doing->address) != 0)
		doing->follow.replaced = old;
	return wait_s > 0 ? set_later(doing, wait_s, err) : set_now(doing, err);
}

/* --- the lock ------------------------------------------------------------- */

enum desk_end
desk_unlock(struct desk_doing *doing, struct err *err)
{
	switch (directory_unlock(doing->tools->directory,
	    doing->answer->person.dn, NOT_PERMANENT, err)) {
	case LOOKUP_FOUND:
		return DESK_DONE;
	case LOOKUP_ABSENT:
		return DESK_UNKNOWN;
	case LOOKUP_FAILED:
		break;
	}
	if (err->kind == ERR_UNAVAILABLE)
		return DESK_UNSURE;
	return err->kind == ERR_REFUSED ? DESK_ADMIN_LOCK : DESK_FAILED;
}

/* --- the letter ----------------------------------------------------------- */

enum desk_end
desk_print_letter(struct desk_doing *doing, struct err *err)
{
	static const char *const ours[] = {"rentreeAccount", NULL};
	const struct desk_tools *tools = doing->tools;
	struct desk_answer *answer = doing->answer;
	const char *digests[2] = {NULL, NULL};
	char end[CLOCK_GENERALIZED];
	const char *const ends[] = {end, NULL};
	const struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeLetter", digests},
	    {CHANGE_REPLACE, "rentreeLetterEnd", ends},
	    {CHANGE_ADD, "objectClass", doing->is_ours ? NULL : ours}};
	struct letter_code code;
	enum desk_end done;

	letter_code_make(&code);
	doing->follow.value = arena_dup(
	    tools->arena, digest_letter(tools->numbers, 0, &code).text);
	digests[0] = doing->follow.value;
	answer->until_ms =
	    doing->now_ms + tools->limits->code_lifetime_s * 1000LL;
	doing->follow.until_ms = answer->until_ms;
	clock_generalized(answer->until_ms, end);
	done = desk_commit(
	    doing, changes, COUNT_OF(changes), LETTER_NOT_ACTIVATED, err);
	if (done == DESK_DONE)
		letter_code_group(&code, answer->code);
	sodium_memzero(&code, sizeof code);
	return done == DESK_STALE ? DESK_ACTIVATED : done;
}

/* --- the link ------------------------------------------------------------- */

enum desk_end
desk_send_link(struct desk_doing *doing, struct err *err)
{
	doing->follow.value = "";
	return desk_follow_put(doing->tools, &doing->follow, NULL, 0,
		   doing->answer->follow, err) == 0
		   ? DESK_DONE
		   : DESK_FAILED;
}

/* As the batch does: in its lane, and noted on the entry. */
enum desk_end
desk_invite(struct desk_doing *doing, struct err *err)
{
	struct invite_request request = {.login = doing->answer->person.login};

	if (!doing->tools->is_operator) {
		(void)err_set(err, ERR_INTERNAL, "invite: not at a desk");
		return DESK_FAILED;
	}
	if (!text_format(request.language, sizeof request.language, "%s",
		doing->follow.language)) {
		(void)err_set(err, ERR_CONFIG, "[site] languages: too long");
		return DESK_FAILED;
	}
	memcpy(request.ref, doing->act->ref, sizeof request.ref);
	/* The reference is random: asked again, it is sent again. */
	return invite_ask(doing->tools->kv, doing->tools->sealer, &request,
		   request.ref, clock_now_ms(), err) == 0
		   ? DESK_DONE
		   : DESK_FAILED;
}
