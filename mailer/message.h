/*
 * message - one mail as bytes: RFC 5322 header, plain text body, nothing that
 * can be injected.
 *
 * Header values are built from parts with their own rule: addresses pass
 * address_parse(), names and subjects are checked for control characters and
 * encoded (RFC 2047, UTF-8, Q or B, words of at most 75 characters). The body
 * is quoted-printable (RFC 2045), lines end in CRLF, no line over 76
 * characters - but a link is kept whole on its line where the text puts it,
 * with soft line breaks only where it must be.
 *
 * Every mail of ours carries Auto-Submitted: auto-generated (RFC 3834), a
 * Message-ID that is the same when the same mail is tried again, and no HTML.
 *
 * Ownership: strings of the struct are the caller's; bytes go to out.
 */
#ifndef MAILER_MESSAGE_H
#define MAILER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct arena;
struct buf;
struct err;

enum { MESSAGE_MAX = 64 * 1024 };

struct message {
	const char *from;    /* as configured: "Name <address>" */
	const char *to;      /* bare address */
	const char *to_name; /* may be NULL */
	const char *subject;
	const char *body;     /* UTF-8, lines end in '\n' */
	const char *language; /* Content-Language */
	int64_t date_ms;
	/* Message-ID: hash of these two at the domain of from. */
	const char *request_id;
	const char *recipient_tag; /* "1", "notice-2", … */
};

/* ERR_INPUT names the part that cannot stand in a mail. */
int message_write(
    const struct message *message, struct buf *out, struct err *err) MUST_CHECK;

/* The address inside "Name <address>", in arena; NULL when there is none. */
const char *message_address(struct arena *arena, const char *from);

#endif
