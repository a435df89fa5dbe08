/*
 * audit_line - one line of the audit file: its number and its place in the
 * chain. Shared by the writer (audit.c) and the reader (audit_read.c); see
 * audit.h for the form.
 */
#ifndef LIB_STORE_AUDIT_LINE_H
#define LIB_STORE_AUDIT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct secret;

enum { AUDIT_MAC = 32, AUDIT_MAC_TEXT = 44 /* with NUL */ };

#define AUDIT_CONTINUED "audit.continued"

/* Where a chain stands: the number and mac of its last line. */
struct audit_head {
	long seq;
	char mac[AUDIT_MAC_TEXT];
};

/* Before the first line. */
void audit_head_init(struct audit_head *head);

/* mac of a body ("{...}", the line without it) that follows prev. */
void audit_line_mac(const struct secret *key, const char prev[AUDIT_MAC_TEXT],
    const char *body, size_t len, char mac[AUDIT_MAC_TEXT]);

/* Number and mac of a line without its end of line; false: not of our form. */
bool audit_line_head(
    const char *line, size_t len, struct audit_head *head) MUST_CHECK;
/* The body of such a line, into room of len bytes. Returns its length. */
size_t audit_line_body(const char *line, size_t len, char *body);

#endif
