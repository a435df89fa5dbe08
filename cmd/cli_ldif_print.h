/*
 * cli_ldif_print - lines of LDIF (RFC 2849) on standard output.
 */
#ifndef CMD_CLI_LDIF_PRINT_H
#define CMD_CLI_LDIF_PRINT_H

struct arena;

/* "name: value", or in base64 where the value asks for it; folded. */
void ldif_value(struct arena *arena, const char *name, const char *value);
/* What stands alone: "-", "changetype: modify", an empty line. */
void ldif_line(const char *line);

#endif
