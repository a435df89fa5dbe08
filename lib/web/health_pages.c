#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/web/pages.h"
#include "lib/web/pulse.h"

static void
show(struct request *request, struct reply *reply, unsigned status,
    struct json *body)
{
	reply->status = status;
	reply->content_type = "application/json; charset=utf-8";
	buf_add_text(&reply->body, json_line(&request->arena, body));
	buf_add_char(&reply->body, '\n');
	json_free(body);
}

void
page_health_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct json *body = json_new_object();

	(void)pages;
	json_text(body, "status", "ok");
	show(request, reply, 200, body);
}

void
page_ready_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	char reason[ERR_TEXT];
	bool ready = pulse_is_ready(pages->pulse, reason, sizeof reason);
	struct json *body = json_new_object();

	json_text(body, "status", ready ? "ready" : "closed");
	if (!ready)
		json_text(body, "reason", reason);
	show(request, reply, ready ? 200 : 503, body);
}
