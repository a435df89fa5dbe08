#include "mailer/encode.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"

enum {
	LINE = 76,       /* RFC 2045: quoted-printable; RFC 5322: advised 78 */
	WORD_BYTES = 39, /* 52 of base64 + 12 of frame: a line
			  * of 76 also behind "Subject: " */
	BASE64_ROOM = 64,
};

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* Bytes of text that fit a word without cutting a character in two. */
static size_t
word_length(const char *text)
{
	size_t len = strlen(text);

	if (len <= WORD_BYTES)
		return len;
	len = WORD_BYTES;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void
add_encoded_words(struct buf *out, const char *text)
{
	char base64[BASE64_ROOM];

	while (*text != '\0') {
		size_t len = word_length(text);

		(void)sodium_bin2base64(base64, sizeof base64,
		    (const unsigned char *)text, len,
		    sodium_base64_VARIANT_ORIGINAL);
		buf_addf(out, "=?UTF-8?B?%s?=", base64);
		text += len;
		if (*text != '\0')
			buf_add_text(out, "\r\n ");
	}
}

void
encode_words(struct buf *out, const char *text, size_t column)
{
	if (is_ascii(text) && strstr(text, "=?") == NULL &&
	    strlen(text) + column <= LINE) {
		buf_add_text(out, text);
		return;
	}
	add_encoded_words(out, text);
}

void
encode_phrase(struct buf *out, const char *name, size_t column)
{
	static const char atoms[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789!#$%&'*+-/=?^_`{|}~ ";
	size_t len = strlen(name);

	if (!is_ascii(name) || strstr(name, "=?") != NULL ||
	    len + column + 2 > LINE || strpbrk(name, "\"\\") != NULL)
		add_encoded_words(out, name);
	else if (strspn(name, atoms) == len)
		buf_add_text(out, name);
	else
		buf_addf(out, "\"%s\"", name);
}

/* Must this byte be written as =XX? A space or tab at the end of a line must,
 * a dot in front need not: SMTP stuffs it. */
static bool
must_escape(const char *at)
{
	unsigned char c = (unsigned char)*at;

	if (c == ' ' || c == '\t')
		return at[1] == '\n' || at[1] == '\r' || at[1] == '\0';
	return c == '=' || c < 0x20 || c > 0x7e;
}

static void
add_escaped(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char escaped[] = {'=', digits[c >> 4], digits[c & 15]};

	buf_add(out, escaped, sizeof escaped);
}

void
encode_quoted_printable(struct buf *out, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		size_t width = must_escape(text) ? 3 : 1;

		if (*text == '\n') {
			buf_add_text(out, "\r\n");
			column = 0;
			continue;
		}
		if (*text == '\r')
			continue;
		/* The last column is for the soft break's '='. */
		if (column + width > LINE - 1 &&
		    !(text[1] == '\n' && column + width <= LINE)) {
			buf_add_text(out, "=\r\n");
			column = 0;
		}
		if (width == 3)
			add_escaped(out, (unsigned char)*text);
		else
			buf_add_char(out, *text);
		column += width;
	}
	if (column > 0)
		buf_add_text(out, "\r\n");
}
