#include "lib/web/tab.h"

#include <string.h>

#include <sodium.h>

#include "lib/web/request.h"

enum { MARK = 16 };

static const char field[] = "lien";

const char *
tab_mark(struct request *request, const char *token)
{
	static const unsigned char purpose[crypto_generichash_KEYBYTES] =
	    "rentree.tab";
	unsigned char hash[MARK];
	char *text = arena_alloc(&request->arena, 2 * MARK + 1);

	(void)crypto_generichash(hash, sizeof hash,
	    (const unsigned char *)token, strlen(token), purpose,
	    sizeof purpose);
	return sodium_bin2hex(text, 2 * MARK + 1, hash, sizeof hash);
}

bool
tab_is_other(struct request *request, const char *token)
{
	return tab_had_link(request) && strcmp(form_raw(&request->body, field),
					    tab_mark(request, token)) != 0;
}

bool
tab_had_link(const struct request *request)
{
	return form_has(&request->body, field);
}
