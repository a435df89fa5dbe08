/*
 * ldif - lines of LDIF (RFC 2849). What cannot be written is seen by
 * ferror(out), once at the end.
 */
#ifndef LIB_FLOW_LDIF_H
#define LIB_FLOW_LDIF_H

#include <stdio.h>

struct arena;

/* "name: value", or in base64 where the value asks for it; folded. */
void ldif_value(
    FILE *out, struct arena *arena, const char *name, const char *value);
/* What stands alone: "-", "changetype: modify", an empty line. */
void ldif_line(FILE *out, const char *line);

#endif
