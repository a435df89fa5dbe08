/*
 * decode - the reader's side of mailer/encode.h, small and strict: what a mail
 * program would show for the bytes we made.
 */
#ifndef TESTS_UNIT_MAILER_DECODE_H
#define TESTS_UNIT_MAILER_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <sodium.h>

static inline int
decode_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Quoted-printable to text with '\n' line ends; false for a line over 76
 * characters, a lone CR or LF, a byte that should have been escaped, or white
 * space at the end of a line (RFC 2045 section 6.7). */
static inline bool
decode_body(const char *at, char *out, size_t room)
{
	size_t column = 0, n = 0;

	for (; *at != '\0'; at++, column++) {
		bool ends = at[0] == '\r' && at[1] == '\n';

		if (n + 2 > room || (column >= 76 && !ends))
			return false;
		if (ends) {
			if (column > 0 && (at[-1] == ' ' || at[-1] == '\t'))
				return false;
			out[n++] = '\n';
			at++;
			column = (size_t)-1;
		} else if (at[0] == '=' && at[1] == '\r' && at[2] == '\n') {
			at += 2;
			column = (size_t)-1;
		} else if (at[0] == '=') {
			if (decode_hex(at[1]) < 0 || decode_hex(at[2]) < 0 ||
			    column + 3 > 76)
				return false;
			out[n++] =
			    (char)(decode_hex(at[1]) * 16 + decode_hex(at[2]));
			at += 2;
			column += 2;
		} else if (*at != '\t' && ((unsigned char)*at < 0x20 ||
					      (unsigned char)*at > 0x7e)) {
			return false;
		} else {
			out[n++] = *at;
		}
	}
	out[n] = '\0';
	return true;
}

/*
 * A header value of encoded words or plain text; false when a word is longer
 * than 75 characters, cuts a character in two, or a line is longer than 76
 * (RFC 2047 section 2). column: where the value begins.
 */
static inline bool
decode_words(const char *at, size_t column, char *out, size_t room)
{
	static const char head[] = "=?UTF-8?B?";
	size_t n = 0;

	while (*at != '\0') {
		const char *end;
		size_t len = 0;

		if (strncmp(at, head, sizeof head - 1) != 0) {
			if (n + 2 > room || column > 76 || *at == '\r' ||
			    *at == '\n')
				return false;
			out[n++] = *at++;
			column++;
			continue;
		}
		end = strstr(at + sizeof head - 1, "?=");
		if (end == NULL || end + 2 - at > 75 ||
		    column + (size_t)(end + 2 - at) > 76)
			return false;
		if (sodium_base642bin((unsigned char *)out + n, room - n - 1,
			at + sizeof head - 1,
			(size_t)(end - at) - (sizeof head - 1), NULL, &len,
			NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
			return false;
		/* a word must hold whole characters */
		if (((unsigned char)out[n] & 0xc0) == 0x80)
			return false;
		n += len;
		at = end + 2;
		column = 1;
		if (strncmp(at, "\r\n =?", 5) == 0)
			at += 3;
		else if (*at != '\0')
			return false;
	}
	out[n] = '\0';
	return true;
}

#endif
