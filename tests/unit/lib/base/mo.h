/*
 * mo - a MO file made in memory, as msgfmt lays it out without hash table.
 */
#ifndef TESTS_UNIT_LIB_BASE_MO_H
#define TESTS_UNIT_LIB_BASE_MO_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { MO_HEAD = 28, MO_MAX = 8192 };

struct mo {
	unsigned char bytes[MO_MAX];
	size_t len;
	bool big; /* big-endian */
};

static inline void
mo_word(struct mo *mo, size_t at, size_t word)
{
	for (size_t i = 0; i < 4; i++)
		mo->bytes[at + i] =
		    (unsigned char)(word >> 8 * (mo->big ? 3 - i : i));
}

static inline void
mo_string(struct mo *mo, size_t entry, const char *text)
{
	mo_word(mo, entry, strlen(text));
	mo_word(mo, entry + 4, mo->len);
	memcpy(mo->bytes + mo->len, text, strlen(text) + 1);
	mo->len += strlen(text) + 1;
}

/* The pairs of key and sentence must be in the order of their keys. */
static inline void
mo_make(struct mo *mo, bool big, const char *const (*pairs)[2], size_t count)
{
	*mo = (struct mo){.len = MO_HEAD + count * 16, .big = big};
	mo_word(mo, 0, 0x950412DE);
	mo_word(mo, 8, count);
	mo_word(mo, 12, MO_HEAD);
	mo_word(mo, 16, MO_HEAD + count * 8);
	for (size_t i = 0; i < count; i++) {
		mo_string(mo, MO_HEAD + i * 8, pairs[i][0]);
		mo_string(mo, MO_HEAD + (count + i) * 8, pairs[i][1]);
	}
}

#endif
