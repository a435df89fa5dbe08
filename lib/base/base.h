/*
 * base - the few words every module of the house uses.
 *
 * MUST_CHECK marks a result that may not be ignored; PRINTF_LIKE lets the
 * compiler check a format. A look-up has three ends, and they are three
 * different things: found, absent, and failed (struct err says why).
 */
#ifndef LIB_BASE_BASE_H
#define LIB_BASE_BASE_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ENDS_WITH_NULL __attribute__((sentinel))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum lookup { LOOKUP_FAILED = -1, LOOKUP_ABSENT = 0, LOOKUP_FOUND = 1 };

#endif
