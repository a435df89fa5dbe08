/* Short texts: where to listen, where Redis is, and the state of an account. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/people/state.h"
#include "lib/store/kv_uri.h"
#include "lib/web/server_listen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct err err = {0};
	struct kv_uri uri;
	const char *text = arena_dup_n(&arena, data, size);

	(void)server_listen_is_valid(text);
	if (kv_uri_parse(text, &uri, &err) == 0) {
		if ((uri.place == KV_UNIX) != (uri.path[0] != '\0') ||
		    (uri.place != KV_UNIX && uri.count == 0) ||
		    uri.count > KV_HOSTS_MAX || uri.db < 0 ||
		    uri.db > KV_DB_MAX)
			abort();
	} else if (err.kind != ERR_CONFIG) {
		abort();
	}
	if (text[0] != '\0' && text[0] != 'A' &&
	    strncmp(text, "{COMPTE}A", 9) != 0 &&
	    state_judge(&(struct state_facts){.state = text}, 1) ==
		STATE_ACTIVE)
		abort();
	arena_reset(&arena);
	return 0;
}
