/*
 * encode - text as it may stand in a mail: encoded words (RFC 2047) and
 * quoted-printable (RFC 2045 section 6.7).
 *
 * Input is clean UTF-8. Nothing here can produce a bare CR or LF in a header.
 */
#ifndef MAILER_ENCODE_H
#define MAILER_ENCODE_H

#include <stddef.h>

struct buf;

/*
 * Unstructured header text (a subject): as it is when printable ASCII without
 * "=?" and short enough for the line, else encoded words of at most 75
 * characters, folded. column: where the line stands.
 */
void encode_words(struct buf *out, const char *text, size_t column);

/* A display name: atoms as they are, a quoted string when that does, encoded
 * words otherwise. */
void encode_phrase(struct buf *out, const char *name, size_t column);

/* Body text with '\n' line ends; CRLF out, lines of at most 76 characters. */
void encode_quoted_printable(struct buf *out, const char *text);

#endif
