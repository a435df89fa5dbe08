/* The header of an export: which column is which. */
#include <string.h>
#include <strings.h>

#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/feed_internal.h"

static const char *const NAMES[FEED_COLUMNS] = {
    [FEED_TYPE] = "type",
    [FEED_NUMEN] = "numen",
    [FEED_INE] = "ine",
    [FEED_EMPLOYEE] = "employe",
    [FEED_TITLE] = "civilite",
    [FEED_BIRTH_NAME] = "nom_naissance",
    [FEED_USAGE_NAME] = "nom_usage",
    [FEED_GIVEN_NAMES] = "prenoms",
    [FEED_BIRTH_DATE] = "date_naissance",
    [FEED_UAI] = "uai",
    [FEED_MAIL] = "courriel_perso",
    [FEED_PHONE] = "telephone",
    [FEED_FROM] = "debut",
    [FEED_UNTIL] = "fin",
};

static const char *const KINDS[FEED_KINDS] = {
    "etudiant", "enseignant", "administratif", "technique", "externe"};

const char *
feed_column_name(enum feed_column column)
{
	return NAMES[column];
}

const char *
feed_kind(const char *text)
{
	for (size_t i = 0; i < FEED_KINDS; i++)
		if (text_equal_nocase(text, KINDS[i]))
			return KINDS[i];
	return NULL;
}

/* The next of "a | b"; false when none is left. */
static bool
next_word(const char **list, struct view *word)
{
	word->ptr = *list + strspn(*list, " |");
	word->len = strcspn(word->ptr, "|");
	*list = word->ptr + word->len;
	while (word->len > 0 && word->ptr[word->len - 1] == ' ')
		word->len--;
	return word->len > 0;
}

static bool
is_word(struct view word, const char *text)
{
	return strlen(text) == word.len &&
	       strncasecmp(text, word.ptr, word.len) == 0;
}

static int
find(char *const *names, size_t count, struct view word)
{
	for (size_t i = 0; i < count; i++)
		if (is_word(word, names[i]))
			return (int)i;
	return -1;
}

/* By the names of the configuration, then by ours. */
static int
find_column(const struct feed_words *words, enum feed_column column,
    char *const *names, size_t count)
{
	const char *list = words != NULL ? words->columns[column] : NULL;
	struct view word = {NAMES[column], strlen(NAMES[column])};
	int at = -1;

	if (list == NULL)
		return find(names, count, word);
	for (struct view other; at < 0 && next_word(&list, &other);)
		at = find(names, count, other);
	return at >= 0 ? at : find(names, count, word);
}

/* What was looked for, for the message: "numen (N° NUMEN | NUMEN_AGENT)". */
static int
missing(
    const struct feed_header *header, enum feed_column column, struct err *err)
{
	const char *list =
	    header->words != NULL ? header->words->columns[column] : "";

	return list == NULL || list[0] == '\0'
		   ? err_set(
			 err, ERR_INPUT, "column %s is missing", NAMES[column])
		   : err_set(err, ERR_INPUT,
			 "column %s is missing, and so is %.100s",
			 NAMES[column], list);
}

static int
check_header(const struct feed_header *header, struct err *err)
{
	static const enum feed_column required[] = {
	    FEED_TYPE, FEED_GIVEN_NAMES, FEED_BIRTH_DATE};
	const int *at = header->at;

	for (size_t i = 0; i < COUNT_OF(required); i++)
		if (at[required[i]] < 0 &&
		    (required[i] != FEED_TYPE || header->kind == NULL))
			return missing(header, required[i], err);
	if (at[FEED_BIRTH_NAME] < 0 && at[FEED_USAGE_NAME] < 0)
		return err_set(err, ERR_INPUT,
		    "one of the columns nom_naissance and nom_usage is "
		    "required");
	if (at[FEED_NUMEN] < 0 && at[FEED_INE] < 0 && at[FEED_EMPLOYEE] < 0)
		return err_set(err, ERR_INPUT,
		    "one of the columns numen, ine and employe is required");
	return 0;
}

static bool
is_used(const struct feed_header *header, int index)
{
	for (size_t i = 0; i < FEED_COLUMNS; i++)
		if (header->at[i] == index)
			return true;
	return false;
}

int
feed_read_header(char *const *names, size_t count, struct feed_header *header,
    const char **unknown, struct err *err)
{
	size_t odd = 0;

	for (size_t i = 0; i < FEED_COLUMNS; i++)
		header->at[i] = find_column(
		    header->words, (enum feed_column)i, names, count);
	for (size_t i = 0; i < count; i++)
		if (!is_used(header, (int)i) && unknown != NULL)
			unknown[odd++] = names[i];
	if (unknown != NULL)
		unknown[odd] = NULL;
	return check_header(header, err);
}

const char *
feed_kind_of(const struct feed_header *header, const char *typed)
{
	const char *kind = feed_kind(typed);

	for (size_t i = 0; kind == NULL && i < FEED_KINDS; i++) {
		const char *list =
		    header->words != NULL ? header->words->kinds[i] : NULL;

		for (struct view word;
		     list != NULL && kind == NULL && next_word(&list, &word);)
			if (is_word(word, typed))
				kind = KINDS[i];
	}
	return kind;
}
