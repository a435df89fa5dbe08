#include "lib/web/form.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/text.h"

static void
encode(struct buf *out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		buf_add_char(out, '%');
		buf_add_char(out, hex[c >> 4]);
		buf_add_char(out, hex[c & 15]);
	}
}

void
form_encode(struct buf *out, const char *name, const char *value)
{
	encode(out, name);
	buf_add_char(out, '=');
	encode(out, value);
	buf_add_char(out, '&');
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* NULL for a broken %XX or a NUL byte. */
static char *
decode(struct arena *arena, const char *bytes, size_t len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high, low;

			if (len - i < 3)
				return NULL;
			high = hex_digit(bytes[i + 1]);
			low = hex_digit(bytes[i + 2]);
			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return NULL;
		out[n++] = c;
	}
	out[n] = '\0';
	return out;
}

static const struct form_field *
find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

static int
add_pair(const char *bytes, size_t len, struct arena *arena, struct form *form)
{
	const char *equals = memchr(bytes, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - bytes) : len;
	struct form_field field;

	field.name = decode(arena, bytes, name_len);
	field.raw = equals != NULL
			? decode(arena, equals + 1, len - name_len - 1)
			: arena_dup(arena, "");
	if (field.name == NULL || field.raw == NULL)
		return -1;
	if (find(form, field.name) != NULL)
		return 0;
	if (form->count == FORM_FIELDS_MAX)
		return -1;
	form->fields[form->count++] = field;
	return 0;
}

int
form_parse(
    const char *bytes, size_t len, struct arena *arena, struct form *form)
{
	form->count = 0;
	if (len > FORM_BYTES_MAX)
		return -1;
	while (len > 0) {
		const char *amp = memchr(bytes, '&', len);
		size_t pair = amp != NULL ? (size_t)(amp - bytes) : len;

		if (pair > 0 && add_pair(bytes, pair, arena, form) != 0)
			return -1;
		if (amp == NULL)
			break;
		bytes += pair + 1;
		len -= pair + 1;
	}
	return 0;
}

bool
form_has(const struct form *form, const char *name)
{
	return find(form, name) != NULL;
}

const char *
form_raw(const struct form *form, const char *name)
{
	const struct form_field *field = find(form, name);

	return field != NULL ? field->raw : "";
}

char *
form_text(const struct form *form, const char *name, struct arena *arena)
{
	const char *raw = form_raw(form, name);
	size_t left = strlen(raw), n = 0;
	char *out = arena_alloc(arena, 3 * left + 1);

	while (left > 0) {
		size_t len = text_clean_front(raw, left);

		if (len > 0) {
			memcpy(out + n, raw, len);
			n += len;
		} else if ((unsigned char)*raw >= 0x80) {
			memcpy(out + n, "\xef\xbf\xbd", 3);
			n += 3;
		}
		len = len > 0 ? len : 1;
		raw += len;
		left -= len;
	}
	out[n] = '\0';
	return out;
}
