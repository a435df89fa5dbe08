#include "lib/base/text.h"

/*
 * Table 3-7 of the Unicode standard ("Well-Formed UTF-8 Byte Sequences"): only
 * the second byte has limits of its own, and they keep out overlong forms,
 * surrogates and everything beyond U+10FFFF.
 */
static const struct {
	unsigned char first, last;     /* of the lead byte */
	unsigned char lowest, highest; /* of the second byte */
	unsigned char size;
} forms[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Bytes of the code point at the front, 0 for a damaged one and for NUL. */
static size_t
front(const unsigned char *bytes, size_t len)
{
	if (len == 0 || bytes[0] < 0x80)
		return len > 0 && bytes[0] != 0;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		if (bytes[0] < forms[i].first || bytes[0] > forms[i].last)
			continue;
		if (len < forms[i].size || bytes[1] < forms[i].lowest ||
		    bytes[1] > forms[i].highest)
			return 0;
		for (size_t j = 2; j < forms[i].size; j++) {
			if ((bytes[j] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].size;
	}
	return 0;
}

static bool
is_control(const unsigned char *bytes)
{
	return bytes[0] < 0x20 || bytes[0] == 0x7f ||
	       (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

size_t
text_clean_front(const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes; /* no signs */
	size_t size = front(at, len);

	return size > 0 && !is_control(at) ? size : 0;
}

bool
text_is_clean(const char *bytes, size_t len)
{
	size_t size;

	for (; len > 0; bytes += size, len -= size) {
		size = text_clean_front(bytes, len);
		if (size == 0)
			return false;
	}
	return true;
}

bool
text_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes; /* no signs */
	size_t size;

	for (; len > 0; at += size, len -= size) {
		size = front(at, len);
		if (size == 0)
			return false;
	}
	return true;
}

size_t
text_length(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}
