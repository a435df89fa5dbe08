/* What a desk may see of the directory: the people of its establishments. */
#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"
#include "lib/people/names.h"

enum { WORDS_MAX = 6, KEY_MIN = 2 };

static void
add_mapped(struct buf *tests, const struct conf_words *names,
    const char *before, const char *value)
{
	for (size_t i = 0; i < names->count; i++)
		directory_add_test(tests, names->list[i], before, value, "");
}

/* One letter is in every name. */
static bool
add_key(struct buf *tests, struct arena *arena, const char *name)
{
	const char *key = names_key(arena, name);

	if (strlen(key) < KEY_MIN)
		return false;
	directory_add_test(tests, "rentreeNameKey", "*", key, "*");
	return true;
}

/* "Le Dupont" is one name, or "Dupont Camille" are two: the whole of it in one
 * key, or each word in one. */
static void
add_names(struct buf *tests, struct arena *arena, const char *typed)
{
	size_t count, added = 0;
	char **words = text_split(arena, typed, " ,;", &count);
	struct buf each;

	(void)add_key(tests, arena, typed);
	if (count < 2)
		return;
	buf_init(&each, DIRECTORY_FILTER_MAX);
	for (size_t i = 0; i < count && i < WORDS_MAX; i++)
		added += add_key(&each, arena, words[i]);
	if (added > 0 && buf_ok(&each))
		buf_addf(tests, "(&%s)", buf_text(&each));
	buf_free(&each);
}

/* A rescue address that is not in force yet is found, too. */
static void
add_addresses(
    const struct directory *directory, struct buf *tests, const char *typed)
{
	static const char *const labels[] = {"", "{SECOURS}", "{PERSO}"};

	directory_add_test(tests, "mail", "", typed, "");
	for (size_t i = 0; i < COUNT_OF(labels); i++)
		add_mapped(tests, &directory->in.attributes->recovery_mail,
		    labels[i], typed);
}

static void
add_establishments(const struct directory *directory, struct buf *tests,
    const char *const *establishments)
{
	static const char *const labels[] = {"", "{UAI}"};

	buf_add_text(tests, "(|");
	for (; *establishments != NULL; establishments++)
		for (size_t i = 0; i < COUNT_OF(labels); i++)
			add_mapped(tests,
			    &directory->in.attributes->establishment, labels[i],
			    *establishments);
	buf_add_char(tests, ')');
}

int
directory_find_sight(struct directory *directory, const char *text,
    const char *const *establishments, size_t max, struct arena *arena,
    struct directory_found *found, struct err *err)
{
	char *typed = text_trim(arena, text);
	struct buf tests;
	int rc;

	memset(found, 0, sizeof *found);
	if (typed[0] == '\0' || establishments == NULL ||
	    establishments[0] == NULL)
		return 0;
	buf_init(&tests, DIRECTORY_FILTER_MAX);
	buf_add_text(&tests, "(|");
	add_mapped(&tests, &directory->in.attributes->login, "", typed);
	if (strchr(typed, '@') != NULL)
		add_addresses(directory, &tests, typed);
	else
		add_names(&tests, arena, typed);
	buf_add_char(&tests, ')');
	add_establishments(directory, &tests, establishments);
	rc = directory_find(directory, &tests, max, arena, found, err);
	buf_free(&tests);
	return rc;
}
