#include <string.h>

#include "captcha/captcha_pool.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/flow/asker.h"
#include "lib/flow/meters.h"
#include "lib/web/gate.h"
#include "lib/web/pages.h"

enum { DRAW_WAIT_MS = 500 };

struct captcha_answer
page_captcha_answer(struct request *request)
{
	struct arena *arena = &request->arena;

	return (struct captcha_answer){
	    .id = form_text(&request->body, "captcha_id", arena),
	    .code = form_text(&request->body, "captcha_code", arena),
	    .pow = form_text(&request->body, "captcha_pow", arena),
	};
}

static enum captcha_verdict
judge(const struct pages *pages, enum captcha_purpose purpose,
    const struct captcha_answer *answer)
{
	const struct asker *asker = pages->asker;

	return captcha_check(asker->captcha_key,
	    (enum captcha_mode)asker->captcha->mode, purpose, answer,
	    clock_now_ms());
}

/* That a form lay open for too long tells nothing about its answer. */
const char *
page_captcha_fault(const struct pages *pages, struct request *request,
    enum captcha_purpose purpose)
{
	struct captcha_answer answer = page_captcha_answer(request);

	return judge(pages, purpose, &answer) == CAPTCHA_EXPIRED
		   ? "error.captcha-over"
		   : "error.captcha";
}

/* An answer that was not used up stays in the form, right or wrong: whether it
 * is right must not be told before it is used. */
static bool
is_kept(const struct pages *pages, enum captcha_purpose purpose,
    const struct captcha_answer *answer)
{
	enum captcha_verdict verdict = judge(pages, purpose, answer);

	return (verdict == CAPTCHA_RIGHT || verdict == CAPTCHA_WRONG) &&
	       answer->id[0] != '\0';
}

static void
count_shown(const struct asker *asker, enum meter_way way)
{
	metrics_add(meters_of(asker->meters), METER_CAPTCHA_SHOWN, way, 0, 1);
}

void
page_add_captcha(const struct pages *pages, struct request *request,
    struct values *values, enum captcha_purpose purpose, bool keep)
{
	const struct asker *asker = pages->asker;
	struct captcha_answer answer = page_captcha_answer(request);
	char fresh[CAPTCHA_ID];
	const char *id = answer.id;
	unsigned bits;

	values_flag(values, "captcha", asker->captcha->mode != CAPTCHA_OFF);
	values_flag(
	    values, "captcha_image", asker->captcha->mode != CAPTCHA_POW);
	values_flag(
	    values, "captcha_work", asker->captcha->mode != CAPTCHA_CODE);
	/* Whoever typed a code, or asked for another, goes on with codes. */
	values_flag(values, "captcha_another",
	    form_raw(&request->body, "nouveau_code")[0] != '\0');
	values_flag(values, "captcha_chosen",
	    form_raw(&request->body, "nouveau_code")[0] != '\0' ||
		answer.code[0] != '\0');
	values_kept(values, "captcha_script",
	    page_static(pages, &request->arena, "captcha.js"));
	values_kept(values, "captcha_worker",
	    page_static(pages, &request->arena, "pow-worker.js"));
	if (keep && is_kept(pages, purpose, &answer)) {
		values_text(values, "captcha_code", answer.code);
		values_text(values, "captcha_pow", answer.pow);
		bits = captcha_pow_bits(asker->captcha_key, id);
	} else {
		bits = asker_captcha(asker, purpose, fresh);
		if (asker->captcha->mode == CAPTCHA_POW_OR_CODE ||
		    asker->captcha->mode == CAPTCHA_POW)
			count_shown(asker, WAY_WORK);
		id = arena_dup(&request->arena, fresh);
	}
	values_kept(values, "captcha_id", id);
	values_number(values, "pow_bits", bits);
}

/* What somebody asks for below /captcha/. */
struct asked {
	const char *id;
	bool sound;
};

static bool
read_name(struct request *request, struct asked *asked)
{
	const char *name = request->path + strlen("/captcha/");

	asked->sound = text_has_suffix(name, ".wav");
	if (!asked->sound && !text_has_suffix(name, ".png"))
		return false;
	asked->id = arena_dup_n(&request->arena, name, strlen(name) - 4);
	return true;
}

static enum lookup
draw(const struct asker *asker, struct request *request,
    const struct asked *asked, struct buf *out, struct err *err)
{
	enum lookup drawn;

	if (asked->sound)
		return captcha_wav(asker->captcha_key, asked->id,
		    request->visitor.language, clock_now_ms(), out, err);
	drawn = captcha_png(
	    asker->captcha_key, asked->id, clock_now_ms(), out, err);
	if (drawn == LOOKUP_FOUND)
		captcha_pool_keep(
		    asker->pictures, asked->id, out->bytes, out->len);
	return drawn;
}

/* A form that is being filled in goes before a picture for another. */
static void
be_busy(struct reply *reply)
{
	reply->status = 503;
	reply->content_type = "text/plain; charset=utf-8";
	reply_header(reply, "Retry-After", "2");
	buf_add_text(&reply->body,
	    "Trop d’images à la fois, réessayez dans un instant. / "
	    "Too many pictures at a time, try again in a moment.\n");
}

static void
show(const struct asker *asker, struct request *request, struct reply *reply,
    const struct asked *asked)
{
	count_shown(asker, asked->sound ? WAY_SOUND : WAY_PICTURE);
	reply->status = 200;
	reply->content_type = asked->sound ? "audio/wav" : "image/png";
	if (asked->sound)
		reply_range(request, reply);
}

static void
draw_and_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct asked *asked)
{
	const struct net_address *guest = &request->visitor.address;
	struct err err = {0};
	enum lookup drawn;

	if (!gate_enter(pages->drawing, guest, DRAW_WAIT_MS)) {
		be_busy(reply);
		return;
	}
	drawn = draw(pages->asker, request, asked, &reply->body, &err);
	gate_leave(pages->drawing, guest);
	if (drawn == LOOKUP_FOUND) {
		show(pages->asker, request, reply, asked);
		return;
	}
	if (drawn == LOOKUP_FAILED)
		log_event(LOG_LEVEL_ERROR, "captcha.failed", "ref",
		    request->visitor.ref, "reason", err.text, NULL);
	buf_clear(&reply->body);
	page_missing(pages, request, reply);
}

/* /captcha/<id>.png and /captcha/<id>.wav */
void
page_captcha_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct asker *asker = pages->asker;
	struct asked asked;

	if (!read_name(request, &asked) ||
	    !captcha_is_live(asker->captcha_key, asked.id, clock_now_ms()))
		page_missing(pages, request, reply);
	else if (!asked.sound &&
		 captcha_pool_find(asker->pictures, asked.id, clock_now_ms(),
		     &reply->body) == LOOKUP_FOUND)
		show(asker, request, reply, &asked);
	else
		draw_and_show(pages, request, reply, &asked);
}
