#include "lib/flow/disown.h"

#include <sodium.h>

#include "lib/base/clock.h"
#include "lib/flow/hands.h"
#include "lib/flow/post.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"
#include "lib/store/token.h"

const char *
disown_link(struct hands *hands, const struct person *person, const char *about,
    const char *language, struct err *err)
{
	int64_t now_ms = clock_now_ms();
	struct token_record record = {.purpose = TOKEN_DISOWN,
	    .uuid = person->uuid,
	    .login = person->login,
	    .pwd_changed = person->pwd_changed,
	    .extra = about,
	    .language = language,
	    .asked_ms = now_ms,
	    .expires_ms = now_ms + DISOWN_LIFETIME_S * 1000LL};
	char name[TOKEN_NAME], text[TOKEN_TEXT];
	const char *link = NULL;
	struct token token;

	token_make(&token);
	token_format(&token, text);
	token_name(&token, name);
	if (token_issue(
		hands->kv, hands->shop->token_key, name, &record, err) == 0)
		link = post_link(hands, "/pas-moi/", text, language);
	sodium_memzero(&token, sizeof token);
	sodium_memzero(text, sizeof text);
	return link;
}
