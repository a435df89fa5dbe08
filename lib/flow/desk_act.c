#include "lib/flow/desk_act.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/desk_internal.h"
#include "lib/flow/flow_conf.h"
#include "lib/people/people_conf.h"
#include "lib/store/audit.h"
#include "lib/store/directory.h"
#include "lib/store/queue.h"
#include "lib/store/quota.h"
#include "lib/store/store_conf.h"

enum { HOUR_MS = 3600 * 1000 };

/* --- the audit ------------------------------------------------------------ */

/* The one they have in common; from the command line the account's first. */
static const char *
establishment_of(const struct desk_operator *who, const struct person *person)
{
	struct person one = {0};

	for (size_t i = 0; person != NULL && person->establishments[i] != NULL;
	     i++) {
		char *only[] = {person->establishments[i], NULL};

		one.establishments = only;
		if (desk_is_theirs(who, &one))
			return only[0];
	}
	return who->establishments != NULL ? who->establishments[0] : NULL;
}

int
desk_note(const struct desk_tools *tools, const struct desk_operator *who,
    const struct desk_note *note, struct err *err)
{
	const struct person *person = note->person;
	struct audit_entry entry = {.event = note->event,
	    .actor = who->actor,
	    .ref = note->ref,
	    .reason = note->reason,
	    .login = person != NULL ? person->login : NULL,
	    .uuid = person != NULL ? person->uuid : NULL,
	    .establishment = establishment_of(who, person),
	    .document = desk_document_name(note->document)};
	char pseudonym[17];

	if (person == NULL && note->typed != NULL) {
		audit_pseudonym(
		    tools->audit, note->typed, strlen(note->typed), pseudonym);
		entry.subject = pseudonym;
	}
	log_event(LOG_LEVEL_INFO, note->event, "ref", note->ref, "reason",
	    note->reason != NULL ? note->reason : "none", NULL);
	return audit_write(tools->audit, &entry, err);
}

/* --- the quota ------------------------------------------------------------ */

/* The operator is told in the log, the support by mail: once an hour. */
static void
raise_alarm(struct desk_doing *doing, const char *name)
{
	struct desk_follow alarm = {.kind = DESK_ALARM,
	    .uuid = "",
	    .value = "",
	    .actor = doing->who.actor,
	    .language = doing->tools->site->languages.list[0],
	    .ref = doing->act->ref,
	    .at_ms = doing->now_ms};
	char id[ENVELOPE_ID_TEXT], operator[17];
	struct err err = {0};

	audit_pseudonym(doing->tools->audit, name, strlen(name), operator);
	log_event(LOG_LEVEL_WARN, "desk.quota", "operator", operator, "ref",
	    doing->act->ref, NULL);
	if (desk_follow_put(doing->tools, &alarm,
		arena_printf(doing->tools->arena, "alarm:%s:%lld", name,
		    (long long)(doing->now_ms / HOUR_MS)),
		0, id, &err) != 0)
		log_event(LOG_LEVEL_ERROR, "desk.alarm-failed", "ref",
		    doing->act->ref, "reason", err.text, NULL);
}

static enum desk_end
count(struct desk_doing *doing, struct err *err)
{
	const struct desk_tools *tools = doing->tools;
	unsigned char random[16];
	char id[2 * sizeof random + 1];
	struct quota quota = {.id = id,
	    .max = tools->desk->reissues_per_hour,
	    .period_ms = HOUR_MS};
	struct quota_verdict verdict;

	if (!desk_act_is_counted(doing->act->kind))
		return DESK_DONE;
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(id, sizeof id, random, sizeof random);
	quota.name = doing->who.uuid != NULL ? doing->who.uuid
					     : arena_printf(tools->arena,
						   "cli:%s", doing->who.login);
	switch (quota_count(tools->kv, &quota, &verdict, err)) {
	case LOOKUP_FAILED:
		return DESK_FAILED;
	case LOOKUP_ABSENT:
		raise_alarm(doing, quota.name);
		return DESK_QUOTA;
	case LOOKUP_FOUND:
		break;
	}
	doing->answer->left = quota.max - verdict.used;
	return DESK_DONE;
}

/* --- the Modify ----------------------------------------------------------- */

/* Nothing was written, so nothing follows. A failure here is settled by the
 * request itself: it looks, and ends. */
static enum desk_end
forget(struct desk_doing *doing, enum desk_end end)
{
	struct err err;

	(void)!queue_drop(doing->tools->kv, doing->answer->follow, &err);
	doing->answer->follow[0] = '\0';
	return end;
}

/* The server was silent: what does the entry say? */
static enum desk_end
look(struct desk_doing *doing, struct err *err)
{
	const char *dn = doing->answer->person.dn;
	const struct desk_follow *follow = &doing->follow;
	const char *attribute = "rentreeProof", *value = follow->value;
	struct err ignored = {0};

	if (follow->kind == DESK_LETTER) {
		attribute = "rentreeLetter";
	} else if (follow->kind == DESK_RESCUE) {
		char due[CLOCK_GENERALIZED];

		attribute = follow->counts_ms != 0
				? "rentreeRecoveryMailPending"
				: "rentreeRecoveryMail";
		clock_generalized(follow->counts_ms, due);
		if (follow->counts_ms != 0)
			value = arena_printf(
			    doing->tools->arena, "%s$%s", due, value);
	}
	if (directory_holds(doing->tools->directory, dn, attribute, value,
		&ignored) != LOOKUP_FOUND)
		return DESK_UNSURE;
	*err = (struct err){0};
	return DESK_DONE;
}

enum desk_end
desk_commit(struct desk_doing *doing, const struct change *changes,
    size_t count, const char *assertion, struct err *err)
{
	if (desk_follow_put(doing->tools, &doing->follow, NULL,
		DESK_FOLLOW_DELAY_MS, doing->answer->follow, err) != 0)
		return DESK_FAILED;
	switch (directory_change(doing->tools->directory,
	    doing->answer->person.dn, changes, count, assertion, err)) {
	case LOOKUP_FOUND:
		return DESK_DONE;
	case LOOKUP_ABSENT:
		return forget(doing, DESK_UNKNOWN);
	case LOOKUP_FAILED:
		break;
	}
	if (err->kind == ERR_UNAVAILABLE)
		return look(doing, err);
	return forget(
	    doing, err->kind == ERR_REFUSED ? DESK_STALE : DESK_FAILED);
}

/* It is done, and written down: what follows may begin. Late at worst. */
static void
let_follow(struct desk_doing *doing)
{
	struct desk_answer *answer = doing->answer;
	enum lookup hurried = LOOKUP_FOUND;
	struct err err = {0};

	if (answer->end != DESK_DONE || answer->follow[0] == '\0' ||
	    doing->act->kind == DESK_LINK)
		return;
	hurried =
	    queue_hurry(doing->tools->kv, QUEUE_MAIL, answer->follow, &err);
	/* It looked, saw nothing and ended before we got this far. */
	if (hurried == LOOKUP_ABSENT &&
	    desk_follow_put(doing->tools, &doing->follow, NULL, 0,
		answer->follow, &err) != 0)
		hurried = LOOKUP_FAILED;
	if (hurried == LOOKUP_FAILED)
		log_event(LOG_LEVEL_WARN, "desk.follows-late", "ref",
		    doing->act->ref, "reason", err.text, NULL);
}

/* --- one act -------------------------------------------------------------- */

static enum desk_end
find(struct desk_doing *doing, struct err *err)
{
	const struct desk_tools *tools = doing->tools;
	const struct desk_act *act = doing->act;
	struct person *person = &doing->answer->person;
	enum lookup found;

	found = act->uuid != NULL
		    ? desk_find(tools, &doing->who, act->uuid, person, err)
		    : directory_find_login(tools->directory, act->login,
			  tools->arena, person, err);
	if (found == LOOKUP_FOUND)
		return DESK_DONE;
	*person = (struct person){0};
	return found == LOOKUP_ABSENT ? DESK_UNKNOWN : DESK_FAILED;
}

/* Everything that can be said before the account is touched. */
static enum desk_end
judge(struct desk_doing *doing, struct err *err)
{
	const struct desk_act *act = doing->act;
	const struct person *person = &doing->answer->person;
	char seen[DESK_SEEN];
	enum desk_end end;

	end = desk_may(doing->tools, &doing->who, person, act->kind, err);
	if (end != DESK_DONE)
		return end;
	if (desk_act_wants_document(act->kind) && !act->no_document &&
	    desk_document_name(act->document) == NULL)
		return DESK_UNSEEN;
	desk_seen(person, seen);
	if (act->seen != NULL && strcmp(act->seen, seen) != 0)
		return DESK_STALE;
	if (act->kind == DESK_NUMEN)
		return desk_read_number(doing);
	return act->kind == DESK_RESCUE ? desk_read_address(doing, err)
					: DESK_DONE;
}

/* Numbers are deleted where they are added. */
static int
check_mapping(const struct desk_tools *tools, struct err *err)
{
	const struct conf_words *names = &tools->attributes->proof;

	if (names->count == 1 && strcmp(names->list[0], "rentreeProof") == 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "[directory.attributes] proof is not rentreeProof: give out "
	    "numbers where they are kept");
}

static enum desk_end
perform(struct desk_doing *doing, struct err *err)
{
	enum lookup ours = directory_holds(doing->tools->directory,
	    doing->answer->person.dn, "objectClass", "rentreeAccount", err);

	if (ours == LOOKUP_FAILED)
		return DESK_FAILED;
	doing->is_ours = ours == LOOKUP_FOUND;
	switch (doing->act->kind) {
	case DESK_CODE:
	case DESK_NUMEN:
	case DESK_PHONE:
		return check_mapping(doing->tools, err) == 0
			   ? desk_give_number(doing, err)
			   : DESK_FAILED;
	case DESK_LINK:
		return desk_send_link(doing, err);
	case DESK_INVITE:
		return desk_invite(doing, err);
	case DESK_RESCUE:
		return desk_set_rescue(doing, err);
	case DESK_UNLOCK:
		return desk_unlock(doing, err);
	case DESK_LETTER:
		return desk_print_letter(doing, err);
	}
	return DESK_FAILED;
}

static enum desk_end
go(struct desk_doing *doing, struct err *err)
{
	const struct desk_tools *tools = doing->tools;
	const struct person *person = &doing->answer->person;
	enum desk_end end = DESK_DONE;

	if (doing->who.uuid != NULL)
		end = desk_operator_open(
		    tools, doing->who.uuid, &doing->who, err);
	if (end == DESK_DONE)
		end = find(doing, err);
	if (end == DESK_DONE)
		end = judge(doing, err);
	if (end == DESK_DONE)
		end = count(doing, err);
	if (end != DESK_DONE)
		return end;
	doing->follow = (struct desk_follow){.kind = doing->act->kind,
	    .document = doing->act->document,
	    .uuid = person->uuid,
	    .actor = doing->who.actor,
	    .language = person->language != NULL
			    ? person->language
			    : tools->site->languages.list[0],
	    .ref = doing->act->ref,
	    .at_ms = clock_now_ms()};
	return perform(doing, err);
}

static void
write_down(struct desk_doing *doing, struct err *err)
{
	const struct desk_act *act = doing->act;
	const struct desk_answer *answer = doing->answer;
	struct desk_note note = {.event = desk_kind_name(act->kind),
	    .ref = act->ref,
	    .reason = answer->end != DESK_DONE ? desk_end_name(answer->end)
		      : answer->counts_ms != 0 ? "cool-off"
					       : NULL,
	    .person = answer->person.login != NULL ? &answer->person : NULL,
	    .document = act->document,
	    .typed = act->login != NULL ? act->login : act->uuid};
	struct err own = {0};

	if (desk_note(doing->tools, &doing->who, &note, &own) == 0)
		return;
	log_event(LOG_LEVEL_ERROR, "audit.failed", "reason", own.text, NULL);
	if (err->kind != ERR_NONE)
		return;
	*err = own;
	(void)err_in(err, "done, but not in the audit");
}

struct desk_answer
desk_act(
    const struct desk_tools *tools, const struct desk_act *act, struct err *err)
{
	/* The directory keeps whole seconds. */
	struct desk_answer answer = {.left = -1};
	struct desk_doing doing = {.tools = tools,
	    .act = act,
	    .who = act->who,
	    .answer = &answer,
	    .now_ms = clock_now_ms() / 1000 * 1000};

	answer.at_ms = doing.now_ms;
	answer.end = go(&doing, err);
	if (answer.end != DESK_DONE)
		answer.code[0] = '\0';
	write_down(&doing, err);
	let_follow(&doing);
	sodium_memzero(&doing.number, sizeof doing.number);
	return answer;
}
