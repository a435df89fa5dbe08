#include "lib/flow/errand.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/disown.h"
#include "lib/flow/hands.h"
#include "lib/flow/hooks.h"
#include "lib/flow/links.h"
#include "lib/flow/notice.h"
#include "lib/flow/trace.h"
#include "lib/people/address.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"
#include "lib/people/state.h"
#include "lib/store/directory.h"
#include "lib/store/store_conf.h"

struct running {
	struct hands *hands;
	const struct envelope *envelope;
	struct errand errand;
	struct person person;
	char id[ENVELOPE_ID_TEXT];
	long hours;        /* until the new address counts; 0 = at once */
	const char *event; /* of the mail with a link */
};

static void
leave_trace(const struct running *run, const char *reason)
{
	trace_leave(run->hands, &(struct trace){.event = run->event,
				    .ref = run->errand.ref,
				    .reason = reason,
				    .person = &run->person});
}

static void
tell_sent(const void *context)
{
	leave_trace(context, NULL);
}

static struct request_end
send_link(struct running *run, struct links_mail *mail, const char *event,
    struct err *err)
{
	const struct person *persons[] = {&run->person};
	long delay_ms = 0;

	mail->persons = persons;
	mail->count = 1;
	mail->language = run->errand.language;
	mail->ref = run->errand.ref;
	mail->request_id = run->id;
	mail->tag = "errand";
	mail->asked_ms = run->envelope->asked_ms;
	mail->attempt = run->hands->attempt;
	mail->tell = tell_sent;
	mail->context = run;
	run->event = event;
	switch (links_send(run->hands, mail, &delay_ms, err)) {
	case POST_LATER:
		return request_later_in(delay_ms);
	case POST_NEVER:
		leave_trace(run, "refused-by-relay");
		break;
	case POST_BEFORE:
	case POST_SENT:
		break;
	}
	return request_finished();
}

static struct request_end
verify(struct running *run, struct err *err)
{
	struct links_mail mail = {.letter = "verify",
	    .path = "/v/",
	    .extra = run->errand.address,
	    .purpose = TOKEN_VERIFY,
	    .lifetime_s = ERRAND_VERIFY_S,
	    .to = run->errand.address};

	return send_link(run, &mail, "rescue.mailed", err);
}

static struct request_end
recover(struct running *run, struct err *err)
{
	struct links_mail mail = {.letter = "recover",
	    .purpose = TOKEN_RECOVER,
	    .lifetime_s = run->hands->shop->limits->token_lifetime_s,
	    .to = run->person.recovery_mail};

	if (mail.to == NULL)
		return request_finished();
	return send_link(run, &mail, "recover.sent", err);
}

static struct request_end
tell(void *context, const char *to, const char *tag, struct err *err)
{
	struct running *run = context;
	struct hands *hands = run->hands;
	struct values *values = post_values(hands, run->errand.ref);
	struct notice notice = {.person = &run->person,
	    .about = DISOWN_ADDRESS,
	    .values = values,
	    .post = {.letter = "address",
		.to = to,
		.to_name = run->person.display,
		.language = run->errand.language,
		.request_id = run->id,
		.tag = tag,
		.values = values}};

	values_text(values, "login", run->person.login);
	values_text(values, "name", run->person.display);
	values_text(values, "address",
	    address_mask(&hands->arena, run->errand.address));
	values_number(values, "hours", run->hours);
	return notice_send(hands, &notice, err);
}

/* All addresses we know, but the new one itself. */
static struct request_end
tell_known(struct running *run, struct err *err)
{
	long cooloff_s = run->hands->shop->limits->recovery_mail_cooloff_s;
	const char *old = run->person.recovery_mail;
	struct notice_round round = {.person = &run->person,
	    .word = "asked",
	    .tell = tell,
	    .context = run};

	if (old != NULL && strcmp(old, run->errand.address) != 0) {
		run->hours = (cooloff_s + 3599) / 3600;
		round.rescue = old;
	}
	return notice_everywhere(run->hands, &round, err);
}

/* Whatever became of the account meanwhile: its password did change, or it was
 * closed, or opened. */
static struct request_end
run_hook(struct running *run, struct err *err)
{
	int rc = run->errand.what == ERRAND_FORGET
		     ? hooks_forget(run->hands, &run->person, err)
		     : hooks_run(run->hands, &run->person, &run->errand,
			   run->id, err);

	return rc == 0 ? request_finished()
		       : request_later(run->hands->attempt);
}

static struct request_end
run_errand(struct running *run, struct err *err)
{
	if (errand_is_hook(run->errand.what))
		return run_hook(run, err);
	if (state_judge(&run->person.facts, clock_now_ms()) != STATE_ACTIVE)
		return request_finished();
	switch (run->errand.what) {
	case ERRAND_VERIFY:
		return verify(run, err);
	case ERRAND_ASKED:
		return tell_known(run, err);
	case ERRAND_RECOVER:
		return recover(run, err);
	case ERRAND_FORGET:
	case ERRAND_RUN:
	case ERRAND_RUN_CLOSED:
	case ERRAND_RUN_OPENED:
		break;
	}
	return request_finished();
}

/* A mail that comes a day late helps nobody. That a hook was given up is for
 * the operator to know. */
static struct request_end
give_up(struct running *run)
{
	if (!errand_is_hook(run->errand.what))
		return request_finished();
	trace_leave(run->hands,
	    &(struct trace){.event = "hook.given-up",
		.is_alarm = true,
		.ref = run->errand.ref,
		.reason =
		    run->errand.what == ERRAND_FORGET ? "sogo" : "program"});
	return request_finished();
}

struct request_end
errand_do(struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct running run = {.hands = hands, .envelope = envelope};

	envelope_id_text(envelope->id, run.id);
	if (errand_unpack(envelope->payload, envelope->len, &hands->arena,
		&run.errand, err) != 0)
		return request_finished();
	hands_refer(hands, run.errand.ref);
	if (clock_now_ms() - envelope->asked_ms > ERRAND_LIFE_MS)
		return give_up(&run);
	switch (directory_find_uuid(hands->directory, run.errand.uuid,
	    &hands->arena, &run.person, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	return run_errand(&run, err);
}
