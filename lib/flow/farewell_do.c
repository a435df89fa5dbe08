#include "lib/flow/farewell.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "lib/flow/hands.h"
#include "lib/flow/post.h"
#include "lib/flow/trace.h"
#include "lib/people/leaving.h"
#include "lib/people/person.h"
#include "lib/store/directory.h"

enum {
	/* The batch writes the account right after it has asked; a plan that
	 * was killed in between is finished by its operator or not at all. */
	WAIT_MS = 10 * 60 * 1000,
	/* No new mail is begun after that: a slow relay stays within a lease.
	 */
	MAILS_MS = 40000,
};

struct running {
	struct hands *hands;
	const struct envelope *envelope;
	struct farewell_request request;
	struct person person;
	char id[ENVELOPE_ID_TEXT];
	int64_t until_ms;
	bool undeliverable;
};

/* "30/11/2026" or "2026-11-30", in the site's zone. */
static const char *
day_text(struct running *run, const char *language)
{
	struct clock_day day = clock_local_day(run->until_ms, NULL, NULL);

	return strcmp(language, "fr") == 0
		   ? arena_printf(&run->hands->arena, "%02d/%02d/%04d", day.day,
			 day.month, day.year)
		   : arena_printf(&run->hands->arena, "%04d-%02d-%02d",
			 day.year, day.month, day.day);
}

static struct request_end
tell(struct running *run, const char *to, const char *tag, struct err *err)
{
	struct hands *hands = run->hands;
	const char *language = run->person.language != NULL
				   ? run->person.language
				   : run->request.language;
	struct values *values = post_values(hands, run->request.ref);
	const struct post post = {.letter = "leaving",
	    .to = to,
	    .to_name = run->person.display,
	    .language = language,
	    .request_id = run->id,
	    .tag = tag,
	    .values = values};
	long delay_ms = 0;
	enum post_end end;

	values_text(values, "name", run->person.display);
	values_text(values, "login", run->person.login);
	values_text(values, "day", day_text(run, language));
	end = post_may_go(hands, &post, hands->attempt, &delay_ms, err);
	if (end == POST_SENT)
		end = post_send(hands, &post, hands->attempt, &delay_ms, err);
	if (end == POST_NEVER)
		run->undeliverable = true;
	if (end == POST_LATER)
		return request_later_in(delay_ms);
	if (end == POST_SENT && post_mark_sent(hands, &post, err) != 0)
		return request_later(hands->attempt);
	return request_finished();
}

static struct request_end
tell_all(struct running *run, struct err *err)
{
	struct request_end end = request_finished();
	int64_t start_ms = clock_mono_ms();

	if (run->person.recovery_mail != NULL)
		end = tell(run, run->person.recovery_mail, "rescue", err);
	for (size_t i = 0;
	     end.verdict == REQUEST_FINISHED && run->person.mails[i] != NULL;
	     i++) {
		if (clock_mono_ms() - start_ms > MAILS_MS)
			return request_later(run->hands->attempt);
		end = tell(run, run->person.mails[i],
		    arena_printf(&run->hands->arena, "mail-%zu", i), err);
	}
	return end;
}

static void
leave_trace(struct running *run, const char *reason)
{
	trace_leave(run->hands,
	    &(struct trace){
		.event = reason == NULL ? "leaving.sent" : "leaving.refused",
		.ref = run->request.ref,
		.reason = reason,
		.actor = "operator",
		.person = &run->person});
}

static bool
closes_then(const struct running *run)
{
	return leaving_is_grace(run->person.facts.state) &&
	       run->person.facts.state_end_ms / 1000 == run->until_ms / 1000;
}

static struct request_end
run_farewell(struct running *run, struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct request_end end;

	if (!closes_then(run) && now_ms - run->envelope->asked_ms < WAIT_MS)
		return request_later(run->hands->attempt);
	if (!closes_then(run) || run->until_ms <= now_ms) {
		leave_trace(run, "not-leaving");
		return request_finished();
	}
	end = tell_all(run, err);
	if (end.verdict == REQUEST_FINISHED)
		leave_trace(
		    run, run->undeliverable ? "refused-by-relay" : NULL);
	return end;
}

struct request_end
farewell_do(
    struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct running run = {.hands = hands, .envelope = envelope};

	envelope_id_text(envelope->id, run.id);
	if (farewell_unpack(envelope->payload, envelope->len, &hands->arena,
		&run.request, err) != 0 ||
	    !clock_from_generalized(run.request.until, &run.until_ms) ||
	    clock_now_ms() - envelope->asked_ms > FAREWELL_LIFE_MS)
		return request_finished();
	hands_refer(hands, run.request.ref);
	switch (directory_find_uuid(hands->directory, run.request.uuid,
	    &hands->arena, &run.person, err)) {
	case LOOKUP_FAILED:
		return request_later(hands->attempt);
	case LOOKUP_ABSENT:
		return request_finished();
	case LOOKUP_FOUND:
		break;
	}
	return run_farewell(&run, err);
}
