#include "lib/flow/hands.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/catalogue.h"
#include "lib/base/text.h"

/* 2 s, 4 s, … 256 s, then 5 minutes: an outage of hours costs little, a short
 * one delays little. */
enum { BACKOFF_FIRST_MS = 2000, BACKOFF_LAST_MS = 300000, BACKOFF_STEPS = 8 };

void
hands_refer(struct hands *hands, const char *ref)
{
	(void)!text_format(hands->ref, sizeof hands->ref, "%s", ref);
}

struct request_end
request_finished(void)
{
	return (struct request_end){.verdict = REQUEST_FINISHED};
}

struct request_end
request_later_in(long delay_ms)
{
	return (struct request_end){
	    .verdict = REQUEST_LATER, .delay_ms = delay_ms};
}

struct request_end
request_later(uint32_t attempt)
{
	long delay_ms = BACKOFF_LAST_MS;

	if (attempt == 0)
		attempt = 1;
	if (attempt <= BACKOFF_STEPS)
		delay_ms = (long)BACKOFF_FIRST_MS << (attempt - 1);
	return request_later_in(
	    delay_ms + (long)randombytes_uniform((uint32_t)delay_ms / 4));
}

const struct catalogue *
hands_catalogue(const struct workshop *shop, const char *language)
{
	for (size_t i = 0; shop->catalogues[i] != NULL; i++) {
		const struct catalogue *catalogue = shop->catalogues[i];

		if (language != NULL &&
		    strcmp(catalogue_language(catalogue), language) == 0)
			return catalogue;
	}
	return shop->catalogues[0];
}
