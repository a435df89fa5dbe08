#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/flow/asker.h"
#include "lib/web/pages.h"

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

void
page_add_captcha(const struct pages *pages, struct request *request,
    struct values *values, enum captcha_purpose purpose, bool keep)
{
	const struct asker *asker = pages->asker;
	struct captcha_answer answer = page_captcha_answer(request);
	char fresh[CAPTCHA_ID];
	const char *id = answer.id;

	values_flag(values, "captcha", asker->captcha->mode != CAPTCHA_OFF);
	values_flag(
	    values, "captcha_image", asker->captcha->mode != CAPTCHA_POW);
	values_flag(
	    values, "captcha_work", asker->captcha->mode != CAPTCHA_CODE);
	values_text(values, "captcha_script",
	    page_static(pages, &request->arena, "captcha.js"));
	values_text(values, "captcha_worker",
	    page_static(pages, &request->arena, "pow-worker.js"));
	if (keep && is_kept(pages, purpose, &answer)) {
		values_text(values, "captcha_code", answer.code);
		values_text(values, "captcha_pow", answer.pow);
	} else {
		asker_captcha(asker, purpose, fresh);
		id = arena_dup(&request->arena, fresh);
	}
	values_text(values, "captcha_id", id);
	values_number(
	    values, "pow_bits", captcha_pow_bits(asker->captcha_key, id));
}

/* /captcha/<id>.png and /captcha/<id>.wav */
void
page_captcha_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const unsigned char *key = pages->asker->captcha_key;
	const char *name = request->path + strlen("/captcha/");
	bool sound = text_has_suffix(name, ".wav");
	enum lookup drawn = LOOKUP_ABSENT;
	struct err err = {0};
	char *id;

	if (sound || text_has_suffix(name, ".png")) {
		id = arena_dup_n(&request->arena, name, strlen(name) - 4);
		drawn = sound ? captcha_wav(key, id, request->visitor.language,
				    clock_now_ms(), &reply->body, &err)
			      : captcha_png(key, id, clock_now_ms(),
				    &reply->body, &err);
	}
	if (drawn == LOOKUP_FOUND) {
		reply->status = 200;
		reply->content_type = sound ? "audio/wav" : "image/png";
		if (sound)
			reply_range(request, reply);
		return;
	}
	if (drawn == LOOKUP_FAILED)
		log_event(LOG_LEVEL_ERROR, "captcha.failed", "reason", err.text,
		    NULL);
	buf_clear(&reply->body);
	page_missing(pages, request, reply);
}
