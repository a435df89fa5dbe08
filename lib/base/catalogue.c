#include "lib/base/catalogue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

/* GNU gettext manual, "The Format of GNU MO Files": seven words of head, then
 * wherever they say two tables of (length, offset), originals in order. */
enum { MO_HEAD = 28, MO_ENTRY = 8, LANGUAGE_MAX = 16, NAME_MAX_BYTES = 64 };

static const uint32_t mo_magic = 0x950412DE;
static const uint32_t mo_magic_swapped = 0xDE120495;

struct sentence {
	const char *key;
	const char *text;
};

struct catalogue {
	char language[LANGUAGE_MAX];
	struct sentence *sentences; /* by key; point into the MO file */
	size_t count;
};

struct mo {
	const unsigned char *bytes;
	size_t len;
	bool swapped;
};

static uint32_t
word_at(const struct mo *mo, size_t offset)
{
	uint32_t word;

	memcpy(&word, mo->bytes + offset, sizeof(word));
	return mo->swapped ? __builtin_bswap32(word) : word;
}

static bool
table_fits(const struct mo *mo, size_t offset, size_t count)
{
	return offset <= mo->len && count <= (mo->len - offset) / MO_ENTRY;
}

/* The string an entry points at; NULL when it is not wholly in the file or is
 * not text. */
static const char *
string_at(const struct mo *mo, size_t entry)
{
	size_t len = word_at(mo, entry), offset = word_at(mo, entry + 4);
	const char *text;

	if (offset >= mo->len || len >= mo->len - offset)
		return NULL;
	text = (const char *)mo->bytes + offset;
	/* Also refuses plural forms, which have a NUL inside. */
	return text[len] == '\0' && text_is_utf8(text, len) ? text : NULL;
}

static bool
read_sentences(const struct mo *mo, struct catalogue *catalogue, size_t count)
{
	size_t keys = word_at(mo, 12), texts = word_at(mo, 16);
	struct sentence *sentence, *previous = NULL;

	for (size_t i = 0; i < count; i++) {
		sentence = &catalogue->sentences[catalogue->count];
		sentence->key = string_at(mo, keys + i * MO_ENTRY);
		sentence->text = string_at(mo, texts + i * MO_ENTRY);
		if (sentence->key == NULL || sentence->text == NULL)
			return false;
		/* The empty key is the head of the PO file. */
		if (*sentence->key == '\0')
			continue;
		if (previous != NULL &&
		    strcmp(previous->key, sentence->key) >= 0)
			return false;
		previous = sentence;
		catalogue->count++;
	}
	return true;
}

static bool
read_mo(struct mo *mo, struct catalogue *catalogue)
{
	size_t count;

	if (mo->len < MO_HEAD)
		return false;
	if (word_at(mo, 0) != mo_magic && word_at(mo, 0) != mo_magic_swapped)
		return false;
	mo->swapped = word_at(mo, 0) != mo_magic;
	count = word_at(mo, 8);
	if (word_at(mo, 4) >> 16 > 1 ||
	    !table_fits(mo, word_at(mo, 12), count) ||
	    !table_fits(mo, word_at(mo, 16), count))
		return false;
	catalogue->sentences = calloc(count + 1, sizeof(*catalogue->sentences));
	if (catalogue->sentences == NULL)
		err_no_memory();
	return read_sentences(mo, catalogue, count);
}

struct catalogue *
catalogue_open(
    const struct embed_list *files, const char *language, struct err *err)
{
	const struct embed_file *file = NULL;
	struct catalogue *catalogue;
	char name[NAME_MAX_BYTES];
	struct mo mo;

	catalogue = calloc(1, sizeof(*catalogue));
	if (catalogue == NULL)
		err_no_memory();
	if (text_format(catalogue->language, LANGUAGE_MAX, "%s", language) &&
	    text_format(name, sizeof(name), "lib/locale/%s.mo", language))
		file = embed_find(files, name);
	if (file == NULL) {
		err_set(err, ERR_CONFIG,
		    "there are no sentences in language "
		    "%s",
		    language);
		catalogue_free(catalogue);
		return NULL;
	}
	mo = (struct mo){.bytes = file->bytes, .len = file->len};
	if (!read_mo(&mo, catalogue)) {
		err_set(err, ERR_INTERNAL, "%s is damaged", file->name);
		catalogue_free(catalogue);
		return NULL;
	}
	return catalogue;
}

void
catalogue_free(struct catalogue *catalogue)
{
	if (catalogue == NULL)
		return;
	free(catalogue->sentences);
	free(catalogue);
}

const char *
catalogue_language(const struct catalogue *catalogue)
{
	return catalogue->language;
}

static int
compare(const void *key, const void *sentence)
{
	return strcmp(key, ((const struct sentence *)sentence)->key);
}

static const struct sentence *
find(const struct catalogue *catalogue, const char *key)
{
	return bsearch(key, catalogue->sentences, catalogue->count,
	    sizeof(*catalogue->sentences), compare);
}

bool
catalogue_has(const struct catalogue *catalogue, const char *key)
{
	return find(catalogue, key) != NULL;
}

const char *
catalogue_get(const struct catalogue *catalogue, const char *key)
{
	const struct sentence *sentence = find(catalogue, key);

	return sentence != NULL ? sentence->text : key;
}
