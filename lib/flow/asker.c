#include "lib/flow/asker.h"

#include <string.h>

#include <sodium.h>

#include "captcha/captcha_pool.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/meters.h"
#include "lib/flow/parts.h"
#include "lib/flow/toll.h"
#include "lib/store/kv.h"
#include "lib/store/queue.h"
#include "lib/store/store_conf.h"

/* Clocks further apart than this make requests look stale or unborn. */
enum { CLOCK_APART_MS = 30000, LOOK_FACTOR = 5 };

static struct ask_answer
closed(void)
{
	return (struct ask_answer){.end = ASK_CLOSED};
}

unsigned
asker_captcha(const struct asker *asker, enum captcha_purpose purpose,
    char id[CAPTCHA_ID])
{
	unsigned bits = toll_bits(asker->toll);

	captcha_pool_make(asker->pictures, asker->captcha_key, purpose, bits,
	    clock_now_ms(), id);
	return bits;
}

/* The address first: a refused one makes no identity key. */
static size_t
gather_limits(const struct asker *asker, const struct submission *submission,
    struct limit_list *all)
{
	const struct limit_list *identity = submission->identity;
	size_t address_checks;

	limiter_add_address(all, asker->limiter_key, asker->limits,
	    &submission->visitor->address);
	address_checks = all->count;
	for (size_t i = 0; identity != NULL && i < identity->count &&
			   all->count < LIMITER_CHECKS_MAX;
	     i++)
		all->checks[all->count++] = identity->checks[i];
	return address_checks;
}

/*
 * The id comes from the captcha, so that a double click is one request. With
 * the captcha off there is none, and every click is a request. What is not
 * ours or over leaves no name in Redis: nobody fills it with made-up ids.
 */
static void
name_request(const struct asker *asker, const struct submission *submission,
    unsigned char id[ENVELOPE_ID], char captcha[CAPTCHA_NAME])
{
	if (asker->captcha->mode == CAPTCHA_OFF) {
		randombytes_buf(id, ENVELOPE_ID);
		captcha[0] = '\0';
		return;
	}
	captcha_request_id(asker->captcha_key, submission->captcha->id, id);
	captcha[0] = '\0';
	if (captcha_is_live(
		asker->captcha_key, submission->captcha->id, clock_now_ms()))
		captcha_name(submission->captcha->id, captcha);
}

/* What is full, or away, says nothing about the answer to a captcha. */
static void
count(const struct asker *asker, const struct submission *submission,
    const struct admission *admission, enum admit_result result,
    const struct limit_verdict *verdict)
{
	enum meter_flow flow = meters_flow_of_purpose(submission->purpose);
	bool is_judged = result == ADMIT_DONE || result == ADMIT_CAPTCHA;

	if (is_judged && asker->captcha->mode != CAPTCHA_OFF)
		meters_captcha(
		    asker->meters, submission->captcha, result == ADMIT_DONE);
	if (result == ADMIT_LIMITED) {
		meters_limit(asker->meters, admission->limits, verdict);
		log_event(LOG_LEVEL_INFO, "form.limited", "ref",
		    submission->visitor->ref, "flow", meters_flow_name(flow),
		    "limit", meters_limit_name(admission->limits, verdict),
		    NULL);
	}
	if (result == ADMIT_DONE) {
		meters_step(asker->meters, METER_ASKED, flow,
		    submission->visitor->language);
		log_event(LOG_LEVEL_INFO, "form.accepted", "ref",
		    submission->visitor->ref, "flow", meters_flow_name(flow),
		    NULL);
	}
}

static struct ask_answer
answer_for(enum admit_result result, const struct limit_verdict *verdict,
    struct err *err)
{
	switch (result) {
	case ADMIT_DONE:
		return (struct ask_answer){.end = ASK_ACCEPTED};
	case ADMIT_CAPTCHA:
		return (struct ask_answer){.end = ASK_CAPTCHA};
	case ADMIT_LIMITED:
		return (struct ask_answer){.end = ASK_LIMITED,
		    .retry_after_s = verdict->retry_after_s};
	case ADMIT_FULL:
		(void)err_set(err, ERR_UNAVAILABLE, "the queue is full");
		return closed();
	case ADMIT_FAILED:
		break;
	}
	return closed();
}

static struct ask_answer
admit(const struct asker *asker, const struct submission *submission,
    const struct admission *admission, struct err *err)
{
	struct limit_verdict verdict = {0};
	enum admit_result result;
	struct kv *kv;

	kv = kv_pool_take(asker->pool, ASKER_POOL_WAIT_MS, err);
	if (kv == NULL)
		return closed();
	result = queue_admit(kv, admission, &verdict, err);
	kv_pool_give(asker->pool, kv);
	count(asker, submission, admission, result, &verdict);
	return answer_for(result, &verdict, err);
}

struct ask_answer
asker_submit(const struct asker *asker, const struct submission *submission,
    struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct envelope envelope = {.kind = submission->kind,
	    .asked_ms = now_ms,
	    .payload = submission->payload,
	    .len = submission->len};
	struct limit_list limits = {0};
	char captcha[CAPTCHA_NAME], id[ENVELOPE_ID_TEXT];
	enum captcha_verdict verdict;
	struct ask_answer answer;
	struct buf sealed;
	size_t address_checks;

	verdict = captcha_check(asker->captcha_key,
	    (enum captcha_mode)asker->captcha->mode, submission->purpose,
	    submission->captcha, now_ms);
	name_request(asker, submission, envelope.id, captcha);
	envelope_id_text(envelope.id, id);
	address_checks = gather_limits(asker, submission, &limits);

	buf_init(&sealed, ENVELOPE_MAX);
	if (envelope_seal(asker->sealer, &envelope, &sealed, err) != 0) {
		answer = closed();
	} else {
		struct admission admission = {.captcha_key = captcha,
		    .captcha_ttl_s = CAPTCHA_LIFE_S,
		    .captcha_right = verdict == CAPTCHA_RIGHT,
		    .address_checks = address_checks,
		    .limits = &limits,
		    .id = id,
		    .envelope = sealed.bytes,
		    .len = sealed.len};
		answer = admit(asker, submission, &admission, err);
	}
	buf_free(&sealed);
	return answer;
}

struct ask_answer
asker_admit(const struct asker *asker, enum captcha_purpose purpose,
    const struct captcha_answer *captcha, const struct visitor *visitor,
    const struct limit_list *identity, struct err *err)
{
	struct limit_list limits = {0};
	struct submission submission = {.purpose = purpose,
	    .captcha = captcha,
	    .visitor = visitor,
	    .identity = identity};
	char used[CAPTCHA_NAME], id[ENVELOPE_ID_TEXT];
	unsigned char once[ENVELOPE_ID];
	struct admission admission = {.captcha_key = used,
	    .captcha_ttl_s = CAPTCHA_LIFE_S,
	    .limits = &limits,
	    .id = id,
	    .envelope = ""};

	name_request(asker, &submission, once, used);
	/* An id of its own: what the captcha let in before is another one. */
	randombytes_buf(once, sizeof once);
	envelope_id_text(once, id);
	admission.captcha_right =
	    captcha_check(asker->captcha_key,
		(enum captcha_mode)asker->captcha->mode, purpose, captcha,
		clock_now_ms()) == CAPTCHA_RIGHT;
	admission.address_checks = gather_limits(asker, &submission, &limits);
	return admit(asker, &submission, &admission, err);
}

void
asker_count_pair(const struct asker *asker, const char *number,
    const char *with, struct limit_list *list)
{
	struct arena arena = {0};
	/* A byte that stands in neither keeps the two apart. */
	const char *pair = arena_printf(&arena, "%s|%s", number, with);

	limiter_add_value(list, asker->limiter_key, "i",
	    &asker->limits->per_identity, pair, strlen(pair));
	limiter_add_value(list, asker->limiter_key, "n",
	    &asker->limits->per_number, number, strlen(number));
	arena_reset(&arena);
}

static struct ask_answer
count_limits(
    const struct asker *asker, const struct limit_list *limits, struct err *err)
{
	struct limit_verdict verdict = {0};
	struct kv *kv;
	int rc;

	kv = kv_pool_take(asker->pool, ASKER_POOL_WAIT_MS, err);
	if (kv == NULL)
		return closed();
	rc = limiter_count(kv, limits, false, &verdict, err);
	kv_pool_give(asker->pool, kv);
	if (rc != 0)
		return closed();
	meters_limit(asker->meters, limits, &verdict);
	if (verdict.refused)
		return (struct ask_answer){
		    .end = ASK_LIMITED, .retry_after_s = verdict.retry_after_s};
	return (struct ask_answer){.end = ASK_ACCEPTED};
}

struct ask_answer
asker_count_with(const struct asker *asker, const struct visitor *visitor,
    const struct limit_list *identity, struct err *err)
{
	const struct submission submission = {
	    .visitor = visitor, .identity = identity};
	struct limit_list limits = {0};

	(void)gather_limits(asker, &submission, &limits);
	return count_limits(asker, &limits, err);
}

struct ask_answer
asker_count(
    const struct asker *asker, const struct visitor *visitor, struct err *err)
{
	return asker_count_with(asker, visitor, NULL, err);
}

struct ask_answer
asker_count_look(
    const struct asker *asker, const struct visitor *visitor, struct err *err)
{
	struct limit_list limits = {0};

	limiter_add_address(
	    &limits, asker->limiter_key, asker->limits, &visitor->address);
	for (size_t i = 0; i < limits.count; i++) {
		limits.checks[i].name[0] = 'p';
		limits.checks[i].rate.burst *= LOOK_FACTOR;
	}
	return count_limits(asker, &limits, err);
}

static void
follow_pace(const struct asker *asker, long per_minute)
{
	char bits[LOG_NUMBER], pace[LOG_NUMBER];

	if (toll_follow(
		asker->toll, per_minute, asker->captcha->calm_per_minute))
		log_event(LOG_LEVEL_INFO, "captcha.toll", "bits",
		    log_number(bits, toll_bits(asker->toll)), "per_minute",
		    log_number(pace, per_minute), NULL);
}

static bool
is_far(int64_t apart)
{
	return apart > CLOCK_APART_MS || apart < -CLOCK_APART_MS;
}

/* Asked twice before it counts: a process that was held up between the two
 * clocks, or whose clock was just put right, is not apart. */
static int
compare_clocks(struct kv *kv, int64_t *apart, struct err *err)
{
	int64_t theirs;

	for (int i = 0; i < 2; i++) {
		if (kv_time(kv, &theirs, err) != 0)
			return -1;
		*apart = clock_now_ms() - theirs;
		if (!is_far(*apart))
			break;
	}
	return 0;
}

static int
judge_clock(const struct asker *asker, int64_t apart, struct parts *parts,
    struct err *err)
{
	metrics_set(meters_of(asker->meters), METER_CLOCK, 0, 0, apart);
	(void)parts_set(parts, PART_CLOCK, is_far(apart) ? "apart" : "ok");
	if (!is_far(apart))
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "clock is %lld s apart from Redis",
	    (long long)(apart / 1000));
}

int
asker_is_ready(const struct asker *asker, struct parts *parts, struct err *err)
{
	long per_minute = 0;
	int64_t apart = 0;
	struct kv *kv;
	int rc;

	kv = kv_pool_take(asker->pool, ASKER_POOL_WAIT_MS, err);
	if (kv == NULL)
		return -1;
	rc = compare_clocks(kv, &apart, err);
	if (rc == 0) /* fails too when the functions are not there */
		rc = queue_pace(kv, &per_minute, err);
	kv_pool_give(asker->pool, kv);
	(void)parts_set(parts, PART_REDIS, parts_class(rc == 0 ? NULL : err));
	if (rc != 0)
		return err_in(err, "redis");
	follow_pace(asker, per_minute);
	metrics_set(meters_of(asker->meters), METER_CAPTCHA_BITS, 0, 0,
	    toll_bits(asker->toll));
	return judge_clock(asker, apart, parts, err);
}
