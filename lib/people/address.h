/*
 * address - a mailbox that can safely stand in a header, an SMTP command and
 * the directory.
 *
 * Accepted: local@domain, RFC 5321 dot-string local part (<= 64, ASCII), a
 * domain with at least one dot made of LDH labels (A-labels for others),
 * <= 254 characters in all. The domain is lower-cased. No quoted local parts,
 * no address literals, no comments: nobody's rescue address needs them, and
 * they are how header injection travels.
 */
#ifndef LIB_PEOPLE_ADDRESS_H
#define LIB_PEOPLE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;

enum { ADDRESS_MAX = 254 };

/* The address with a lower-case domain, without outer white space, in arena;
 * NULL when unusable. */
const char *address_parse(struct arena *arena, const char *typed);

/* LDH labels, at least min_labels of them, the last one no number. */
bool address_is_domain(const char *domain, size_t min_labels);

/* Is the domain one of domains (NULL-terminated), or below one of them? */
bool address_is_in(const char *address, const char *const *domains);

/* j***@g***.com, *** when it is no address: enough to recognise one's own, too
 * little to learn it. */
char *address_mask(struct arena *arena, const char *address);

/* noted: rentreeMailRefused, "<time>$<address>", or NULL. Is it about this
 * address (NULL: none), and not about one that they had before? */
bool address_was_refused(const char *noted, const char *address);

#endif
