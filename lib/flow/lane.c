#include "lib/flow/lane.h"

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/change.h"
#include "lib/flow/desk_deed.h"
#include "lib/flow/desk_follow.h"
#include "lib/flow/desk_look.h"
#include "lib/flow/desk_search.h"
#include "lib/flow/desk_signin.h"
#include "lib/flow/disown.h"
#include "lib/flow/errand.h"
#include "lib/flow/expel.h"
#include "lib/flow/farewell.h"
#include "lib/flow/hands.h"
#include "lib/flow/intent.h"
#include "lib/flow/invite.h"
#include "lib/flow/letter.h"
#include "lib/flow/meters.h"
#include "lib/flow/recover.h"
#include "lib/flow/redeem.h"
#include "lib/flow/remind.h"
#include "lib/flow/rescue.h"
#include "lib/store/now.h"

/* What was dropped has no kind: what it says of itself is not believed. */
static struct request_end
drop(struct hands *hands, const struct queue_item *item, struct err *err)
{
	log_event(LOG_LEVEL_WARN, "request.dropped", "id", item->id, "reason",
	    err->text, NULL);
	*err = (struct err){0}; /* told */
	hands->kind = 0;
	return request_finished();
}

/* A login is mailed also while the first directory server is away: nothing is
 * written now, and what is written later, by an activation link in that mail,
 * looks at the first again. */
static struct request_end
do_reading(
    struct hands *hands, const struct envelope *envelope, struct err *err)
{
	struct directory *first = hands->directory;
	struct request_end end;

	if (hands->reader != NULL)
		hands->directory = hands->reader;
	end = remind_do(hands, envelope, err);
	hands->directory = first;
	return end;
}

static struct request_end
do_request(struct hands *hands, const struct queue_item *item, struct err *err)
{
	struct envelope envelope;

	if (envelope_open(&hands->shop->opener, item->envelope, item->len,
		&hands->arena, &envelope, err) != 0)
		return drop(hands, item, err);
	if (envelope_is_from_future(&envelope, clock_now_ms())) {
		(void)err_set(err, ERR_INPUT, "asked in the future");
		return drop(hands, item, err);
	}
	hands->kind = envelope.kind;
	switch (envelope.kind) {
	case REQUEST_RECOVER:
	case REQUEST_ACTIVATE:
	case REQUEST_RESEND:
		return recover_do(hands, &envelope, err);
	case REQUEST_REMIND:
		return do_reading(hands, &envelope, err);
	case REQUEST_INVITE:
		return invite_do(hands, &envelope, err);
	case REQUEST_FAREWELL:
		return farewell_do(hands, &envelope, err);
	case REQUEST_EXPEL:
		return expel_do(hands, &envelope, err);
	case REQUEST_INTENT:
		return intent_do(hands, &envelope, err);
	case REQUEST_FOLLOW:
	case REQUEST_FOLLOW_OPERATOR:
		return desk_follow_do(hands, &envelope, err);
	case REQUEST_ERRAND:
		return errand_do(hands, &envelope, err);
	default:
		(void)err_set(err, ERR_INPUT, "not a durable kind");
		return drop(hands, item, err);
	}
}

static void
count_end(
    const struct hands *hands, enum lookup held, const struct request_end *end)
{
	enum meter_request how = DONE_FINISHED;

	if (held != LOOKUP_FOUND)
		how = DONE_FAILED;
	else if (end->verdict == REQUEST_LATER)
		how = DONE_LATER;
	else if (hands->kind == 0)
		how = DONE_DROPPED;
	meters_request(hands->shop->meters, hands->kind, how);
}

/* An attempt that lost its lease changes nothing: somebody else has it. */
static void
settle(struct hands *hands, const struct queue_item *item,
    struct request_end end, struct err *why)
{
	struct err err = {0};
	enum lookup held;

	if (end.verdict == REQUEST_FINISHED)
		held = queue_finish(hands->kv, item, &err);
	else
		held = queue_later(hands->kv, item, end.delay_ms, &err);
	count_end(hands, held, &end);
	if (held == LOOKUP_FAILED)
		log_event(LOG_LEVEL_WARN, "request.unsettled", "id", item->id,
		    "ref", hands->ref, "reason", err.text, NULL);
	else if (held == LOOKUP_ABSENT)
		log_event(LOG_LEVEL_WARN, "request.lease-lost", "id", item->id,
		    "ref", hands->ref, NULL);
	else if (end.verdict == REQUEST_LATER)
		log_event(LOG_LEVEL_INFO, "request.later", "id", item->id,
		    "ref", hands->ref, "reason", why->text, NULL);
	else if (why->kind != ERR_NONE)
		log_event(LOG_LEVEL_WARN, "request.ended", "id", item->id,
		    "ref", hands->ref, "reason", why->text, NULL);
}

/* From here until busy_end() the thread has somebody's request in hand. */
static int64_t
busy_begin(struct hands *hands, enum meter_lane lane)
{
	metrics_add(
	    meters_of(hands->shop->meters), METER_THREADS_BUSY, lane, 0, 1);
	hands_refer(hands, "");
	return metrics_now_us();
}

static void
busy_end(struct hands *hands, enum meter_lane lane, int64_t since_us)
{
	struct metrics *metrics = meters_of(hands->shop->meters);

	metrics_add(metrics, METER_THREADS_BUSY, lane, 0, -1);
	metrics_took(
	    metrics, METER_REQUEST_TIME, lane, metrics_now_us() - since_us);
}

static long
serve_one(struct hands *hands)
{
	bool is_mail = hands->lane == QUEUE_MAIL;
	long jitter_ms = is_mail ? QUEUE_JITTER_MS : 0;
	enum meter_lane lane = is_mail ? LANE_MAIL : LANE_BULK;
	struct queue_item item;
	int64_t since_us;
	struct err err = {0};

	switch (queue_take(
	    hands->kv, hands->lane, jitter_ms, &hands->arena, &item, &err)) {
	case LOOKUP_FAILED:
		log_event(LOG_LEVEL_ERROR, "queue.unavailable", "reason",
		    err.text, NULL);
		return LANE_PAUSE_MS;
	case LOOKUP_ABSENT:
		return LANE_IDLE_MS;
	case LOOKUP_FOUND:
		break;
	}
	hands->attempt = item.attempt;
	since_us = busy_begin(hands, lane);
	settle(hands, &item, do_request(hands, &item, &err), &err);
	busy_end(hands, lane, since_us);
	return 0;
}

static void
note_turn(struct hands *hands)
{
	atomic_store(&hands->turned_ms, clock_mono_ms());
}

bool
lane_is_turning(const struct hands *hands, int64_t mono_ms)
{
	long long turned_ms = atomic_load(&hands->turned_ms);

	return turned_ms == 0 || mono_ms - turned_ms < LANE_STUCK_MS;
}

void
lane_run(struct hands *hands, const atomic_bool *stop)
{
	while (!atomic_load(stop)) {
		long pause_ms;

		note_turn(hands);
		pause_ms = serve_one(hands);
		arena_reset(&hands->arena);
		if (pause_ms > 0)
			clock_sleep_ms(pause_ms + (long)randombytes_uniform(
						      LANE_IDLE_MS / 3));
	}
}

static void
answer(struct hands *hands, const struct envelope *envelope)
{
	struct err err = {0};
	struct buf reply;
	int rc = -1;

	buf_init(&reply, NOW_REPLY_PADDED);
	switch (envelope->kind) {
	case REQUEST_PEEK:
	case REQUEST_REDEEM:
		rc = redeem_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_CHANGE:
		rc = change_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DISOWN:
		rc = disown_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_ADDRESS:
		rc = rescue_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_LETTER:
		rc = letter_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_CONFIRM:
		rc = rescue_confirm_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DESK_SIGNIN:
	case REQUEST_DESK_ENROL:
		rc = desk_signin_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DESK_SIGNOUT:
		rc = desk_signout_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DESK_SEARCH:
		rc = desk_search_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DESK_LOOK:
		rc = desk_look_do(hands, envelope, &reply, &err);
		break;
	case REQUEST_DESK_DEED:
		rc = desk_deed_do(hands, envelope, &reply, &err);
		break;
	default:
		(void)err_set(&err, ERR_INPUT, "not an interactive kind");
		break;
	}
	meters_request(hands->shop->meters, envelope->kind,
	    rc == 0 ? DONE_FINISHED : DONE_FAILED);
	if (rc != 0)
		log_event(LOG_LEVEL_WARN, "interactive.failed", "ref",
		    hands->ref, "kind", request_kind_name(envelope->kind),
		    "reason", err.text, NULL);
	if (reply.len > 0 &&
	    now_reply(hands->kv, envelope, reply.bytes, reply.len, &err) != 0)
		log_event(LOG_LEVEL_WARN, "interactive.unanswered", "ref",
		    hands->ref, "reason", err.text, NULL);
	buf_free(&reply);
}

void
serve_run(
    struct hands *hands, struct now_server *server, const atomic_bool *stop)
{
	while (!atomic_load(stop)) {
		struct envelope envelope;
		struct err err = {0};
		int64_t since_us;

		note_turn(hands);
		switch (now_next(server, hands->kv, &hands->shop->opener,
		    LANE_IDLE_MS * 4, &hands->arena, &envelope, &err)) {
		case LOOKUP_FOUND:
			since_us = busy_begin(hands, LANE_INTERACTIVE);
			answer(hands, &envelope);
			busy_end(hands, LANE_INTERACTIVE, since_us);
			break;
		case LOOKUP_FAILED:
			log_event(LOG_LEVEL_ERROR, "channel.unavailable",
			    "reason", err.text, NULL);
			clock_sleep_ms(LANE_PAUSE_MS);
			break;
		case LOOKUP_ABSENT:
			break;
		}
		arena_reset(&hands->arena);
	}
}
