#include "lib/flow/post.h"

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/parts.h"
#include "lib/people/address.h"
#include "lib/people/people_conf.h"
#include "lib/store/kv.h"
#include "lib/store/limiter.h"
#include "mailer/letter.h"
#include "mailer/mail_conf.h"
#include "mailer/message.h"
#include "mailer/smtp.h"

/* Flags outlive every request that may ask for them (a recovery: 24 h). */
#define FLAG_TTL_MS "604800000"

enum { PACE_BURST_PART = 10 }; /* a tenth of a minute's mails at once */

struct values *
post_values(struct hands *hands, const char *ref)
{
	const struct site_conf *site = hands->shop->site;
	struct values *values = values_new(&hands->arena);

	values_text(values, "site", site->name);
	values_text(values, "public_url", site->public_url);
	values_text(values, "webmail_url", site->webmail_url);
	values_text(values, "support_mail", site->support_mail);
	values_text(values, "support_phone", site->support_phone);
	values_text(values, "ref", ref);
	return values;
}

const char *
post_link(struct hands *hands, const char *path, const char *text,
    const char *language)
{
	const struct catalogue *catalogue =
	    hands_catalogue(hands->shop, language);
	bool usual = catalogue == hands_catalogue(hands->shop, NULL);

	return arena_printf(&hands->arena, "%s%s%s%s%s",
	    hands->shop->site->public_url, path, text,
	    usual ? "" : "?lang=", usual ? "" : catalogue_language(catalogue));
}

const char *
post_moment(struct hands *hands, int64_t ms)
{
	int hour, minute;
	struct clock_day day = clock_local_day(ms, &hour, &minute);

	return arena_printf(&hands->arena, "%02d/%02d/%04d %02d:%02d", day.day,
	    day.month, day.year, hour, minute);
}

enum lookup
post_is_marked(struct hands *hands, const char *request_id, const char *word,
    struct err *err)
{
	struct kv_reply reply;
	char key[KV_KEY];

	kv_key(hands->kv, key, "flag:%s:%s", request_id, word);
	if (kv_words(hands->kv, &hands->arena, &reply, err, "EXISTS", key,
		NULL) != 0)
		return LOOKUP_FAILED;
	return reply.integer == 1 ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

enum lookup
post_first_time(struct hands *hands, const char *request_id, const char *word,
    struct err *err)
{
	struct kv_reply reply;
	char key[KV_KEY];

	kv_key(hands->kv, key, "flag:%s:%s", request_id, word);
	{
		/* As a batch: a Redis at maxmemory must still drain, and a
		 * flag that cannot be set would be one more mail. */
		const struct kv_arg set[] = {kv_text("SET"), kv_text(key),
		    kv_text("1"), kv_text("NX"), kv_text("PX"),
		    kv_text(FLAG_TTL_MS)};
		const struct kv_batch_item item = {set, COUNT_OF(set)};

		if (kv_batch(hands->kv, &item, 1, true, &hands->arena, &reply,
			err) != 0)
			return LOOKUP_FAILED;
	}
	FAULT_POINT("post.flagged");
	return reply.type == KV_NIL ? LOOKUP_ABSENT : LOOKUP_FOUND;
}

int
post_mark_sent(struct hands *hands, const struct post *post, struct err *err)
{
	if (post->tell != NULL)
		post->tell(post->context);
	return post_first_time(hands, post->request_id, post->tag, err) ==
		       LOOKUP_FAILED
		   ? -1
		   : 0;
}

static void
add_check(struct limit_list *list, const char *name, long burst, long period_s)
{
	struct limit_check *check = &list->checks[list->count++];

	*check =
	    (struct limit_check){.rate = {burst > 0 ? burst : 1, period_s}};
	(void)!text_format(check->name, sizeof check->name, "%s", name);
}

/* A tenth of per_minute may leave at once, refilled over six seconds; below
 * ten a minute they leave one by one. */
static void
add_pace(struct limit_list *list, const char *name, long per_minute)
{
	if (per_minute < 1)
		per_minute = 1;
	if (per_minute >= PACE_BURST_PART)
		add_check(list, name, per_minute / PACE_BURST_PART,
		    60 / PACE_BURST_PART);
	else
		add_check(list, name, 1, (60 + per_minute - 1) / per_minute);
}

static void
gather_allowance(const struct hands *hands, struct limit_list *list)
{
	const struct mail_conf *mail = hands->shop->mail;
	long pace = mail->per_minute, budget = mail->budget_per_hour;

	if (hands->lane == QUEUE_BULK) {
		add_pace(list, "pace:bulk", pace / 2);
		add_check(list, "budget:bulk", budget / 2, 3600);
	}
	add_pace(list, "pace", pace);
	add_check(list, "budget", budget, 3600);
}

static enum post_end
ask_allowance(struct hands *hands, long *delay_ms, struct err *err)
{
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};

	gather_allowance(hands, &list);
	if (limiter_count(hands->kv, &list, true, &verdict, err) != 0) {
		*delay_ms = request_later(1).delay_ms;
		return POST_LATER;
	}
	if (!verdict.refused)
		return POST_SENT;
	meters_limit(hands->shop->meters, &list, &verdict);
	*delay_ms =
	    verdict.retry_after_s * 1000 + (long)randombytes_uniform(1000);
	if (verdict.which + 1 == list.count)
		log_event(LOG_LEVEL_ERROR, "mail.budget-spent", "ref",
		    hands->ref, NULL);
	(void)err_set(err, ERR_TEMPORARY, "mail allowance is used up");
	return POST_LATER;
}

static void
count_mail(const struct hands *hands, const struct post *post,
    enum smtp_end end, int64_t since_us)
{
	struct meters *meters = hands->shop->meters;
	const struct meter relay = meters_backend(meters, ERROR_SMTP);
	enum meter_mail result = MAIL_ACCEPTED;

	if (end == SMTP_LATER)
		result = MAIL_DEFERRED;
	else if (end == SMTP_NEVER)
		result = MAIL_REFUSED;
	(void)parts_set(hands->shop->parts, PART_MAIL,
	    smtp_is_cut_off(hands->smtp) ? "unreachable" : "ok");
	meter_tell(&relay, since_us, end == SMTP_LATER);
	metrics_add(meters_of(meters), METER_MAILS, result, 0, 1);
	if (end == SMTP_SENT)
		meters_step(meters, METER_SENT,
		    meters_flow_of_letter(post->letter), post->language);
}

static enum post_end
deliver(struct hands *hands, const struct post *post, const struct buf *bytes,
    uint32_t attempt, long *delay_ms, struct err *err)
{
	const struct mail_conf *mail = hands->shop->mail;
	const char *sender = mail->envelope_from[0] != '\0'
				 ? mail->envelope_from
				 : message_address(&hands->arena, mail->from);
	/* As it stands in the header: white space around it is not sent. */
	const char *to = address_parse(&hands->arena, post->to);

	int64_t since_us = metrics_now_us();
	enum smtp_end end =
	    smtp_send(hands->smtp, sender, to, bytes->bytes, bytes->len, err);

	count_mail(hands, post, end, since_us);
	switch (end) {
	case SMTP_SENT:
		FAULT_POINT("post.delivered");
		return POST_SENT;
	case SMTP_NEVER:
		return POST_NEVER;
	case SMTP_LATER:
		break;
	}
	*delay_ms = request_later(attempt).delay_ms;
	return POST_LATER;
}

enum post_end
post_may_go(struct hands *hands, const struct post *post, uint32_t attempt,
    long *delay_ms, struct err *err)
{
	switch (post_is_marked(hands, post->request_id, post->tag, err)) {
	case LOOKUP_FOUND:
		return POST_BEFORE;
	case LOOKUP_FAILED:
		*delay_ms = request_later(attempt).delay_ms;
		return POST_LATER;
	case LOOKUP_ABSENT:
		break;
	}
	return ask_allowance(hands, delay_ms, err);
}

enum post_end
post_send(struct hands *hands, const struct post *post, uint32_t attempt,
    long *delay_ms, struct err *err)
{
	const struct workshop *shop = hands->shop;
	struct letter letter = {.name = post->letter,
	    .to = post->to,
	    .to_name = post->to_name,
	    .request_id = post->request_id,
	    .recipient_tag = post->tag,
	    .date_ms = clock_now_ms(),
	    .values = post->values};
	enum post_end end = POST_NEVER;
	struct buf bytes;

	buf_init(&bytes, MESSAGE_MAX);
	if (letter_write(&letter, shop->mail, shop->letters,
		hands_catalogue(shop, post->language), &hands->arena, &bytes,
		err) == 0)
		end = deliver(hands, post, &bytes, attempt, delay_ms, err);
	buf_free(&bytes);
	return end;
}
