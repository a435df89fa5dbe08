#include "lib/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	va_start(args, fmt);
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	return -1;
}

int
err_in(struct err *err, const char *fmt, ...)
{
	char where[ERR_TEXT];
	char what[ERR_TEXT];
	va_list args;
	size_t len;

	va_start(args, fmt);
	if (vsnprintf(where, sizeof(where), fmt, args) < 0)
		where[0] = '\0';
	va_end(args);
	memcpy(what, err->text, sizeof(what));
	what[sizeof(what) - 1] = '\0';
	len = strlen(where);
	memcpy(err->text, where, len + 1);
	if (snprintf(err->text + len, sizeof(err->text) - len, ": %s", what) <
	    0)
		err->text[len] = '\0';
	return -1;
}

int
err_exit_code(enum err_kind kind)
{
	static const int codes[] = {
	    [ERR_NONE] = 0,
	    [ERR_INPUT] = 65,
	    [ERR_REFUSED] = 1,
	    [ERR_UNAVAILABLE] = 69,
	    [ERR_TEMPORARY] = 75,
	    [ERR_DENIED] = 77,
	    [ERR_CONFIG] = 78,
	    [ERR_INTERNAL] = 70,
	};

	return (size_t)kind < COUNT_OF(codes) ? codes[kind] : 70;
}

void
err_no_memory(void)
{
	static const char sentence[] = "out of memory\n";
	ssize_t ignored;

	ignored = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
	(void)ignored; /* there is nobody left to tell */
	abort();
}
