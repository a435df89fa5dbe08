#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* One text is read as an address, as prefixes and as X-Forwarded-For. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	char *text = arena_dup_n(&arena, bytes, len);
	struct net_prefixes trusted, read;
	struct net_address peer, address;
	struct err err;

	if (!net_parse("127.0.0.1", &peer) ||
	    net_parse_prefixes(&arena, "127.0.0.1 10.0.0.0/8 2001:db8::/32",
		&trusted, &err) < 0)
		abort();
	address = net_client(&peer, text, &trusted);
	if (net_parse(text, &address) && strchr(text, ',') != NULL)
		abort();
	if (net_parse_prefixes(&arena, text, &read, &err) == 0) {
		for (size_t i = 0; i < read.count; i++) {
			if (!net_is_in(&read.list[i].address, &read))
				abort();
		}
	}
	net_host_is_loopback(text);
	arena_reset(&arena);
	return 0;
}
