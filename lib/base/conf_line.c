#include "lib/base/conf_internal.h"

#include <string.h>

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct view
trim(struct view text)
{
	while (text.len > 0 && is_white(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && is_white(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static struct view
without_comment(struct view text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] == ';' && is_white(text.ptr[i - 1]))
			text.len = i;
	}
	return text;
}

static struct conf_line
wrong(enum conf_line_kind kind, const char *sentence)
{
	return (struct conf_line){.kind = kind, .sentence = sentence};
}

static bool
is_name(struct view name)
{
	return name.len > 0 && name.len <= CONF_NAME_MAX &&
	       text_is_clean(name.ptr, name.len) &&
	       memchr(name.ptr, '[', name.len) == NULL &&
	       memchr(name.ptr, ']', name.len) == NULL;
}

static struct conf_line
section_line(struct view text)
{
	struct conf_line line = {.kind = CONF_LINE_SECTION};

	if (text.ptr[text.len - 1] != ']')
		return wrong(CONF_LINE_LOST, "a section is written [name]");
	line.name = trim((struct view){text.ptr + 1, text.len - 2});
	if (!is_name(line.name))
		return wrong(
		    CONF_LINE_LOST, "this cannot be the name of a section");
	return line;
}

static struct conf_line
pair_line(struct view text)
{
	struct conf_line line = {.kind = CONF_LINE_PAIR};
	const char *equals = memchr(text.ptr, '=', text.len);
	size_t before;

	if (equals == NULL)
		return wrong(CONF_LINE_WRONG,
		    "this is neither [section] nor key = value");
	before = (size_t)(equals - text.ptr);
	line.name = trim((struct view){text.ptr, before});
	line.value = trim((struct view){equals + 1, text.len - before - 1});
	if (!is_name(line.name))
		return wrong(
		    CONF_LINE_WRONG, "this cannot be the name of a key");
	if (!text_is_clean(line.value.ptr, line.value.len))
		return wrong(CONF_LINE_WRONG,
		    "the value holds a control character or bytes "
		    "that are not UTF-8");
	return line;
}

bool
conf_line_next(struct view *rest, struct conf_line *line)
{
	struct view text = *rest;
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->ptr, '\n', rest->len);
	if (end != NULL)
		text.len = (size_t)(end - text.ptr);
	rest->ptr += text.len + (end != NULL);
	rest->len -= text.len + (end != NULL);

	text = trim(without_comment(text));
	if (text.len == 0 || text.ptr[0] == ';' || text.ptr[0] == '#')
		*line = (struct conf_line){.kind = CONF_LINE_BLANK};
	else if (text.ptr[0] == '[')
		*line = section_line(text);
	else
		*line = pair_line(text);
	return true;
}

struct view
conf_line_all(const char *bytes, size_t len)
{
	size_t bom = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	return (struct view){bytes + bom, len - bom};
}

bool
conf_line_is(struct view name, const char *text)
{
	return name.len == strlen(text) &&
	       memcmp(name.ptr, text, name.len) == 0;
}
