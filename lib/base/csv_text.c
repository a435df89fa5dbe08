#include "lib/base/csv_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { PIECE = 64 * 1024, TAIL = 3, CP1252_FIRST = 0x80, CP1252_COUNT = 32 };

/*
 * 0x80 to 0x9F of Windows-1252 (the rest is Latin-1), from Unicode's
 * MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT. The five that are undefined stay
 * control characters, which no cell may hold.
 */
static const unsigned short cp1252[CP1252_COUNT] = {
    0x20AC,
    0x0081,
    0x201A,
    0x0192,
    0x201E,
    0x2026,
    0x2020,
    0x2021,
    0x02C6,
    0x2030,
    0x0160,
    0x2039,
    0x0152,
    0x008D,
    0x017D,
    0x008F,
    0x0090,
    0x2018,
    0x2019,
    0x201C,
    0x201D,
    0x2022,
    0x2013,
    0x2014,
    0x02DC,
    0x2122,
    0x0161,
    0x203A,
    0x0153,
    0x009D,
    0x017E,
    0x0178,
};

static char *
put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xC0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3F));
	} else {
		*out++ = (char)(0xE0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3F));
		*out++ = (char)(0x80 | (code & 0x3F));
	}
	return out;
}

static char *
from_cp1252(struct arena *arena, const unsigned char *bytes, size_t len)
{
	char *text = arena_array(arena, len + 1, 3), *out = text;
	unsigned code;

	for (size_t i = 0; i < len; i++) {
		code = bytes[i];
		if (code >= CP1252_FIRST && code < CP1252_FIRST + CP1252_COUNT)
			code = cp1252[code - CP1252_FIRST];
		out = put_utf8(out, code);
	}
	return text;
}

char *
csv_cell(struct arena *arena, enum csv_encoding encoding, const void *bytes,
    size_t len)
{
	char *text;

	if (memchr(bytes, '\0', len) != NULL)
		return NULL;
	text = encoding == CSV_CP1252 ? from_cp1252(arena, bytes, len)
				      : arena_dup_n(arena, bytes, len);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	}
	return text_is_clean(text, strlen(text)) ? text : NULL;
}

/* Bytes at the end that may be the beginning of a longer code point. */
static size_t
unfinished(const unsigned char *bytes, size_t len)
{
	for (size_t back = 1; back <= TAIL && back <= len; back++) {
		if (bytes[len - back] >= 0xC0)
			return back;
	}
	return 0;
}

/* Letters beyond ASCII that are whole, and bytes that are part of none. */
struct tally {
	size_t whole, broken;
};

/* How many bytes the code point takes that begins so; 1: none begins so. */
static size_t
length_of(unsigned char first)
{
	return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
}

static void
count_letters(const char *bytes, size_t len, struct tally *tally)
{
	for (size_t i = 0; i < len;) {
		size_t need = length_of((unsigned char)bytes[i]);
		bool whole = need <= len - i && text_is_utf8(bytes + i, need);

		/* A NUL says nothing; its row is refused later. */
		if ((unsigned char)bytes[i] < 0x80) {
			i++;
		} else {
			tally->whole += whole;
			tally->broken += !whole;
			i += whole ? need : 1;
		}
	}
}

/*
 * From the start of the file to its end. One broken byte does not make a
 * Windows-1252 file of one in UTF-8, whose names would all be spoilt: the row
 * that holds it is refused. In Windows-1252 letters that look whole are freaks.
 */
static bool
file_is_utf8(FILE *file)
{
	struct tally tally = {0};
	char piece[TAIL + PIECE];
	size_t kept = 0, len, rest;

	while ((len = fread(piece + kept, 1, PIECE, file)) > 0) {
		len += kept;
		rest = unfinished((unsigned char *)piece, len);
		count_letters(piece, len - rest, &tally);
		memmove(piece, piece + len - rest, rest);
		kept = rest;
	}
	count_letters(piece, kept, &tally);
	return tally.broken == 0 || tally.whole > tally.broken;
}

int
csv_detect(FILE *file, enum csv_encoding *encoding, off_t *bom, struct err *err)
{
	unsigned char head[3] = {0};
	size_t len = fread(head, 1, sizeof(head), file);

	*bom = 0;
	*encoding = CSV_UTF8;
	if (len >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 ||
			    memcmp(head, "\xFE\xFF", 2) == 0))
		return err_set(
		    err, ERR_INPUT, "is UTF-16; save it as CSV in UTF-8");
	if (memcmp(head, "\xEF\xBB\xBF", sizeof(head)) == 0) {
		*bom = sizeof(head);
	} else if (fseeko(file, 0, SEEK_SET) == 0 && !file_is_utf8(file)) {
		*encoding = CSV_CP1252;
	}
	if (ferror(file))
		return err_set(
		    err, ERR_INTERNAL, "cannot be read: %s", strerror(errno));
	return 0;
}
