/* Lines: family, birth family, given, all given; the first two are also typed.
 * What a name folds into is safe in a login, and everybody fits their own
 * name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/text.h"
#include "lib/people/login.h"
#include "lib/people/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fold(struct arena *arena, const char *name)
{
	const char *fold = names_fold(arena, name, NULL);
	size_t len = strlen(fold);

	if (fold[strspn(fold, "abcdefghijklmnopqrstuvwxyz0123456789-")] !=
		'\0' ||
	    fold[0] == '-' || strstr(fold, "--") != NULL ||
	    (len > 0 && fold[len - 1] == '-'))
		abort();
	if (strcmp(names_fold(arena, fold, NULL), fold) != 0)
		abort();
}

static void
check_login(struct arena *arena, const char *given, const char *family)
{
	static const char *const rules[] = {"{given:1}{family}",
	    "{initials}.{family:dijon}", "{given}.{family:keep}"};

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		char *base;
		const char *next;

		if (login_base(rules[i], given, family, 20, arena, &base) !=
		    LOGIN_FINE)
			continue;
		next = login_candidate(arena, base, 12, 20);
		if (!login_is_valid(base) || !login_is_valid(next) ||
		    strlen(base) > 20 || strlen(next) > 20)
			abort();
	}
	(void)login_mail(arena, "{given}.{family}@x.fr", given, family, 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *lines[4] = {"", "", "", ""};
	struct arena arena = {0};
	struct names known;
	char *rest = arena_dup_n(&arena, data, size);

	for (size_t i = 0; i < 4 && rest != NULL; i++) {
		lines[i] = strsep(&rest, "\n");
		if (!text_is_clean(lines[i], strlen(lines[i])))
			goto out;
		check_fold(&arena, lines[i]);
	}
	known = (struct names){lines[0], lines[1], lines[2], lines[3]};
	(void)names_match(&known, lines[1], lines[0]);
	if (*names_key(&arena, lines[0]) != '\0' &&
	    *names_key(&arena, lines[2]) != '\0' &&
	    !names_match(&known, lines[0], lines[2]))
		abort();
	check_login(&arena, lines[2], lines[0]);
out:
	arena_reset(&arena);
	return 0;
}
