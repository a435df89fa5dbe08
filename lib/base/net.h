/*
 * net - addresses of clients: parse, compare with prefixes, aggregate.
 *
 * IPv4 is kept as an IPv4-mapped IPv6 address, so there is one kind of
 * address. Prefix lengths of IPv4 are counted the usual way (0..32).
 */
#ifndef LIB_BASE_NET_H
#define LIB_BASE_NET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct err;
struct sockaddr;

struct net_address {
	unsigned char bytes[16];
};

struct net_prefix {
	struct net_address address;
	unsigned bits; /* of 128 */
};

struct net_prefixes {
	struct net_prefix *list;
	size_t count;
};

/* "192.0.2.1", "2001:db8::1", "[2001:db8::1]"; no port, no zone. */
bool net_parse(const char *text, struct net_address *address) MUST_CHECK;
bool net_from_sockaddr(
    const struct sockaddr *sa, struct net_address *address) MUST_CHECK;
bool net_is_v4(const struct net_address *address);
/* "127.0.0.1/32 ::1/128 10.0.0.0/8"; a bare address is a whole one. */
int net_parse_prefixes(struct arena *arena, const char *text,
    struct net_prefixes *out, struct err *err) MUST_CHECK;
bool net_is_in(
    const struct net_address *address, const struct net_prefixes *prefixes);
/* The first bits bits of an IPv6 address, the rest zero. */
struct net_address net_cut(const struct net_address *address, unsigned bits);

/*
 * Who is the client? peer when it is not a trusted proxy; else the rightmost
 * address of X-Forwarded-For that is not a trusted proxy. A damaged header
 * entry ends the walk at the last trusted address. forwarded may be NULL.
 */
struct net_address net_client(const struct net_address *peer,
    const char *forwarded, const struct net_prefixes *trusted);

/* True for loopback host names and addresses: localhost, 127/8, ::1. */
bool net_host_is_loopback(const char *host);

#endif
