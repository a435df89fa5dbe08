#include "lib/flow/notice.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/template.h"
#include "lib/flow/disown.h"
#include "lib/people/person.h"

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

struct request_end
notice_everywhere(
    struct hands *hands, const struct notice_round *round, struct err *err)
{
	char **mails = round->person->mails;
	struct request_end end = request_finished();
	int64_t start_ms = clock_mono_ms();

	if (round->rescue != NULL)
		end = round->tell(round->context, round->rescue,
		    arena_printf(&hands->arena, "%s-rescue", round->word), err);
	for (size_t i = 0; end.verdict == REQUEST_FINISHED && mails[i] != NULL;
	     i++) {
		if (clock_mono_ms() - start_ms > NOTICES_MS)
			return request_later(hands->attempt);
		end = round->tell(round->context, mails[i],
		    arena_printf(&hands->arena, "%s-%zu", round->word, i), err);
	}
	return end;
}
