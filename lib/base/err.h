/*
 * err - what went wrong, in a form a caller can act on and a human can read.
 *
 * The kind decides what happens next (a page, an exit code, a retry); the text
 * is for the log or the terminal. The function that meets the trouble describes
 * it, those above add where, and only the outermost caller prints it, once.
 *
 * Ownership: the caller's stack. No allocation. Longer texts are cut.
 * Rule: no personal data and no secret in a text, ever.
 */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

#include "lib/base/base.h"

enum err_kind {
	ERR_NONE,
	ERR_INPUT,       /* their data is wrong: say which field and why */
	ERR_REFUSED,     /* a rule said no: valve, conflict, already used */
	ERR_UNAVAILABLE, /* a back end is down or did not answer in time */
	ERR_TEMPORARY,   /* try again later: a lock is held */
	ERR_DENIED,      /* not permitted */
	ERR_CONFIG,      /* the configuration or a key file is wrong */
	ERR_INTERNAL,    /* our bug, or a damaged file of ours */
};

enum { ERR_TEXT = 256 };

struct err {
	enum err_kind kind;
	char text[ERR_TEXT];
};

/* Fills err. Returns -1, so that a caller can return it. */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Puts "where: " in front of the text. Returns -1 as well. */
int err_in(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The sysexits-style code of a kind, as the command line documents them. */
int err_exit_code(enum err_kind kind);

/* Says so on standard error and ends the process: the one answer to a failed
 * allocation in the whole house. */
_Noreturn void err_no_memory(void);

#endif
