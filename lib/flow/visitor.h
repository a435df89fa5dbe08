/*
 * visitor - who asks: an address, a language, and a support reference.
 *
 * The reference is FLOW_REF characters of Crockford base32 without any
 * meaning. It stands on the page, in the log and in the audit, so that the
 * support can find the trace of a request without knowing who it is about.
 */
#ifndef LIB_FLOW_VISITOR_H
#define LIB_FLOW_VISITOR_H

#include <stdbool.h>

#include "lib/base/net.h"

enum { FLOW_REF = 8, FLOW_LANGUAGE = 8 };

struct visitor {
	struct net_address address;
	char language[FLOW_LANGUAGE]; /* "fr", "en" */
	char ref[FLOW_REF + 1];
};

struct buf;
struct unpack;

/* The two words that every request carries, in its wire form. */
void visitor_pack(const char *language, const char *ref, struct buf *out);
void visitor_unpack(
    struct unpack *in, char language[FLOW_LANGUAGE], char ref[FLOW_REF + 1]);

/* A fresh reference. */
void visitor_make_ref(char ref[FLOW_REF + 1]);
/* FLOW_REF characters of the alphabet, as a page may get back in ?ref=. */
bool visitor_is_ref(const char *text);

#endif
