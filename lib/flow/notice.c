#include "lib/flow/notice.h"

#include "lib/base/template.h"
#include "lib/flow/disown.h"

struct request_end
notice_send(struct hands *hands, const struct notice *notice, struct err *err)
{
	const struct post *post = &notice->post;
	const char *disown;
	long delay_ms = 0;
	enum post_end end;

	end = post_may_go(hands, post, hands->attempt, &delay_ms, err);
	if (end == POST_LATER)
		return request_later_in(delay_ms);
	if (end != POST_SENT)
		return request_finished();
	disown = disown_link(
	    hands, notice->person, notice->about, post->language, err);
	if (disown == NULL)
		return request_later(hands->attempt);
	values_text(notice->values, "disown", disown);
	end = post_send(hands, post, hands->attempt, &delay_ms, err);
	if (end == POST_SENT && post_mark_sent(hands, post, err) != 0)
		return request_later(hands->attempt);
	return end == POST_LATER ? request_later_in(delay_ms)
				 : request_finished();
}
