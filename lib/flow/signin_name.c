#include "lib/flow/signin.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/asker.h"
#include "lib/people/password.h"

/* Five at once, then one every 200 s. */
const struct conf_rates signin_rates = {.list = {{5, 1000}}, .count = 1};

void
signin_limits(
    const struct asker *asker, const char *name, struct limit_list *list)
{
	limiter_add_value(
	    list, asker->limiter_key, "u", &signin_rates, name, strlen(name));
}

const char *
signin_name(struct arena *arena, const char *typed)
{
	const char *name = text_trim(arena, typed);
	size_t len = strlen(name);

	return len == 0 || len > SIGNIN_NAME_MAX ? NULL
						 : text_lower(arena, name);
}

const char *
signin_password(const char *typed)
{
	size_t len = strlen(typed);

	return len <= PASSWORD_BYTES_MAX && text_is_utf8(typed, len) ? typed
								     : "\x7f";
}
