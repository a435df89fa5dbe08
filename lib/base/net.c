#include "lib/base/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { ALL_BITS = 128, MAPPED_BITS = 96 };

/* ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static void
from_v4(const void *four, struct net_address *address)
{
	memcpy(address->bytes, mapped, sizeof(mapped));
	memcpy(address->bytes + sizeof(mapped), four, 4);
}

/* The len bytes at text, without white space around them. */
static bool
parse_n(const char *text, size_t len, struct net_address *address)
{
	char copy[INET6_ADDRSTRLEN];
	struct in_addr four;
	bool bracketed;

	for (; len > 0 && (*text == ' ' || *text == '\t'); len--)
		text++;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET6, copy, address->bytes) == 1)
		return true;
	if (bracketed || inet_pton(AF_INET, copy, &four) != 1)
		return false;
	from_v4(&four, address);
	return true;
}

bool
net_parse(const char *text, struct net_address *address)
{
	/* Only a list has white space between its entries. */
	return strpbrk(text, " \t") == NULL &&
	       parse_n(text, strlen(text), address);
}

bool
net_from_sockaddr(const struct sockaddr *sa, struct net_address *address)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (sa->sa_family == AF_INET) {
		memcpy(&four, sa, sizeof(four));
		from_v4(&four.sin_addr, address);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&six, sa, sizeof(six));
		memcpy(address->bytes, &six.sin6_addr, sizeof(address->bytes));
		return true;
	}
	return false;
}

bool
net_is_v4(const struct net_address *address)
{
	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

struct net_address
net_cut(const struct net_address *address, unsigned bits)
{
	struct net_address cut = *address;

	for (unsigned i = 0; i < sizeof(cut.bytes); i++) {
		if (bits >= 8 * (i + 1))
			continue;
		if (bits <= 8 * i)
			cut.bytes[i] = 0;
		else
			cut.bytes[i] &= (unsigned char)(0xff00 >> bits % 8);
	}
	return cut;
}

static bool
parse_prefix(char *word, struct net_prefix *prefix)
{
	char *slash = strchr(word, '/');
	/* What stands there decides how bits are counted. */
	bool six = strchr(word, ':') != NULL;
	long bits = six ? ALL_BITS : ALL_BITS - MAPPED_BITS;

	if (slash != NULL) {
		*slash = '\0';
		if (!text_to_long(slash + 1, 0, bits, &bits))
			return false;
	}
	if (!net_parse(word, &prefix->address))
		return false;
	prefix->bits = (unsigned)bits + (six ? 0 : MAPPED_BITS);
	prefix->address = net_cut(&prefix->address, prefix->bits);
	return true;
}

int
net_parse_prefixes(struct arena *arena, const char *text,
    struct net_prefixes *out, struct err *err)
{
	char **words = text_split(arena, text, " \t,", &out->count);

	out->list = arena_array(arena, out->count, sizeof(*out->list));
	for (size_t i = 0; i < out->count; i++) {
		if (!parse_prefix(arena_dup(arena, words[i]), &out->list[i]))
			return err_set(err, ERR_CONFIG,
			    "\"%s\" is not a network such as 192.0.2.0/24 or "
			    "2001:db8::/32",
			    words[i]);
	}
	return 0;
}

static bool
is_under(const struct net_address *address, const struct net_prefix *prefix)
{
	struct net_address cut;

	/* "::/0" says every IPv6 address, and no IPv4 address. */
	if (net_is_v4(address) && prefix->bits < MAPPED_BITS)
		return false;
	cut = net_cut(address, prefix->bits);
	return memcmp(&cut, &prefix->address, sizeof(cut)) == 0;
}

bool
net_is_in(
    const struct net_address *address, const struct net_prefixes *prefixes)
{
	for (size_t i = 0; i < prefixes->count; i++) {
		if (is_under(address, &prefixes->list[i]))
			return true;
	}
	return false;
}

struct net_address
net_client(const struct net_address *peer, const char *forwarded,
    const struct net_prefixes *trusted)
{
	struct net_address client = *peer;
	size_t end, start;

	if (forwarded == NULL)
		return client;
	end = strlen(forwarded);
	while (net_is_in(&client, trusted)) {
		struct net_address next;

		for (start = end; start > 0 && forwarded[start - 1] != ',';)
			start--;
		if (!parse_n(forwarded + start, end - start, &next))
			break;
		client = next;
		if (start == 0)
			break;
		end = start - 1;
	}
	return client;
}

bool
net_host_is_loopback(const char *host)
{
	static const struct net_prefix loopback[] = {
	    {{{[10] = 0xff, 0xff, 127}}, MAPPED_BITS + 8},
	    {{{[15] = 1}}, ALL_BITS},
	};
	struct net_address address;

	if (text_equal_nocase(host, "localhost"))
		return true;
	return net_parse(host, &address) &&
	       (is_under(&address, &loopback[0]) ||
		   is_under(&address, &loopback[1]));
}
