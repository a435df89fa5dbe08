#include "lib/people/password.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"
#include "lib/people/password_internal.h"

enum { BLOCKLIST_MAX = 16 * 1024 * 1024 };

/* 64-bit hashes stand for the words; 0 is an empty slot. Two words of a
 * million share one once in 10^7 files: a good password refused, no more. */
struct set {
	uint64_t *slots;
	size_t mask;
};

struct password_words {
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct set french;
	uint16_t *ranks; /* beside french.slots */
	struct set blocked;
};

static void *
zeros(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory == NULL)
		err_no_memory();
	return memory;
}

static void
set_init(struct set *set, size_t words)
{
	size_t size = 16;

	while (size < 2 * words)
		size *= 2;
	set->slots = zeros(size, sizeof(*set->slots));
	set->mask = size - 1;
}

static uint64_t
hash(const struct password_words *words, const char *text, size_t len)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t value;

	crypto_shorthash(out, (const unsigned char *)text, len, words->key);
	memcpy(&value, out, sizeof(value));
	return value != 0 ? value : 1;
}

/* The slot that holds value, or the empty one where it belongs. */
static size_t
slot_of(const struct set *set, uint64_t value)
{
	size_t slot = (size_t)value & set->mask;

	while (set->slots[slot] != 0 && set->slots[slot] != value)
		slot = (slot + 1) & set->mask;
	return slot;
}

static bool
is_in(const struct set *set, uint64_t value)
{
	return set->slots[slot_of(set, value)] == value;
}

bool
password_words_has(
    const struct password_words *words, const char *text, size_t len)
{
	uint64_t value = hash(words, text, len);

	return is_in(&words->french, value) || is_in(&words->blocked, value);
}

int
password_words_rank(
    const struct password_words *words, const char *text, size_t len)
{
	uint64_t value = hash(words, text, len);
	size_t slot = slot_of(&words->french, value);

	return words->french.slots[slot] == value ? words->ranks[slot] : -1;
}

static void
add_french(struct password_words *words)
{
	set_init(&words->french, password_french_count);
	words->ranks = zeros(words->french.mask + 1, sizeof(*words->ranks));
	for (size_t i = 0; i < password_french_count; i++) {
		const char *word = password_french[i];
		uint64_t value = hash(words, word, strlen(word));
		size_t slot = slot_of(&words->french, value);

		words->french.slots[slot] = value;
		words->ranks[slot] = (uint16_t)i;
	}
}

/* One line, as passwords are looked at. What is no UTF-8 cannot be typed. */
static void
add_line(struct password_words *words, const char *line, struct arena *arena)
{
	const char *normal = unicode_nfc(arena, line);
	const char *plain;
	uint64_t value;

	if (normal == NULL)
		return;
	plain = password_lower(arena, password_plain(arena, normal));
	if (strlen(plain) < PASSWORD_CORE_MIN)
		return;
	value = hash(words, plain, strlen(plain));
	words->blocked.slots[slot_of(&words->blocked, value)] = value;
}

static size_t
count_lines(const char *bytes)
{
	size_t lines = 1;

	while ((bytes = strchr(bytes, '\n')) != NULL) {
		lines++;
		bytes++;
	}
	return lines;
}

static void
add_blocklist(struct password_words *words, char *bytes)
{
	struct arena scratch;
	char *rest = bytes;
	char *line;

	set_init(&words->blocked, count_lines(bytes));
	arena_init(&scratch);
	while ((line = strsep(&rest, "\r\n")) != NULL) {
		if (strlen(line) >= PASSWORD_CORE_MIN)
			add_line(words, line, &scratch);
		arena_reset(&scratch);
	}
}

static int
read_blocklist(
    struct arena *arena, const char *path, char **bytes, struct err *err)
{
	size_t len;

	if (file_read(arena, path, BLOCKLIST_MAX, bytes, &len, err) != 0) {
		err->kind = ERR_CONFIG;
		return err_in(err, "[password] blocklist");
	}
	if (strlen(*bytes) != len)
		return err_set(err, ERR_CONFIG,
		    "[password] blocklist: %s is no text file", path);
	return 0;
}

struct password_words *
password_words_open(const char *blocklist, struct err *err)
{
	struct password_words *words;
	struct arena file;
	char *bytes = NULL;

	arena_init(&file);
	if (*blocklist != '\0' &&
	    read_blocklist(&file, blocklist, &bytes, err) != 0) {
		arena_reset(&file);
		return NULL;
	}
	words = zeros(1, sizeof(*words));
	crypto_shorthash_keygen(words->key);
	add_french(words);
	if (bytes != NULL)
		add_blocklist(words, bytes);
	else
		set_init(&words->blocked, 0);
	arena_reset(&file);
	return words;
}

void
password_words_close(struct password_words *words)
{
	if (words == NULL)
		return;
	free(words->french.slots);
	free(words->ranks);
	free(words->blocked.slots);
	free(words);
}
