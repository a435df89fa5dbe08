#include "lib/base/json.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { INDENT = 2 };

/* struct json is a name for jansson's node, and never has a body. */
static json_t *
node(struct json *json)
{
	return (json_t *)json; /* ours outside, jansson's inside */
}

static const json_t *
const_node(const struct json *json)
{
	return (const json_t *)json; /* likewise */
}

static struct json *
made(json_t *fresh)
{
	if (fresh == NULL)
		err_no_memory();
	return (struct json *)fresh; /* likewise */
}

/* What is not UTF-8 becomes U+FFFD, byte by byte. */
static json_t *
replaced(const char *text)
{
	size_t len = strlen(text), size;
	struct buf clean;
	json_t *string;

	buf_init(&clean, 3 * len);
	for (; len > 0; text += size, len -= size) {
		size = 1;
		while (size < 4 && size < len && !text_is_utf8(text, size))
			size++;
		if (text_is_utf8(text, size)) {
			buf_add(&clean, text, size);
		} else {
			buf_add_text(&clean, "\xEF\xBF\xBD");
			size = 1;
		}
	}
	string = json_stringn(buf_text(&clean), clean.len);
	buf_free(&clean);
	return string;
}

static struct json *
text_node(const char *value)
{
	if (value == NULL)
		return made(json_null());
	if (!text_is_utf8(value, strlen(value)))
		return made(replaced(value));
	return made(json_string(value));
}

struct json *
json_new_object(void)
{
	return made(json_object());
}

struct json *
json_new_array(void)
{
	return made(json_array());
}

void
json_text(struct json *object, const char *name, const char *value)
{
	json_add(object, name, text_node(value));
}

void
json_number(struct json *object, const char *name, long long value)
{
	json_add(object, name, made(json_integer(value)));
}

void
json_flag(struct json *object, const char *name, bool value)
{
	json_add(object, name, made(json_boolean(value)));
}

struct json *
json_add(struct json *parent, const char *name, struct json *child)
{
	int rc;

	if (name == NULL)
		rc = json_array_append_new(node(parent), node(child));
	else
		rc = json_object_set_new(node(parent), name, node(child));
	if (rc != 0)
		err_no_memory();
	return child;
}

void
json_add_text(struct json *array, const char *value)
{
	json_add(array, NULL, text_node(value));
}

static char *
dump(struct arena *arena, const struct json *root, size_t flags)
{
	char *text = json_dumps(const_node(root), flags | JSON_ENCODE_ANY);
	char *copy;

	if (text == NULL)
		err_no_memory();
	copy = arena_dup(arena, text);
	sodium_memzero(text, strlen(text));
	free(text);
	return copy;
}

char *
json_line(struct arena *arena, const struct json *root)
{
	return dump(arena, root, JSON_COMPACT);
}

char *
json_pretty(struct arena *arena, const struct json *root)
{
	return dump(arena, root, JSON_INDENT(INDENT));
}

struct json *
json_parse(const char *bytes, size_t len, struct err *err)
{
	json_error_t error;
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);

	/* jansson's own text quotes what it read. */
	if (root == NULL)
		err_set(err, ERR_INPUT, "damaged JSON, line %d column %d",
		    error.line, error.column);
	return (struct json *)root; /* NULL included */
}

const char *
json_get_text(const struct json *object, const char *name)
{
	return json_string_value(json_object_get(const_node(object), name));
}

long long
json_get_number(const struct json *object, const char *name, long long fallback)
{
	const json_t *number = json_object_get(const_node(object), name);

	return json_is_integer(number) ? json_integer_value(number) : fallback;
}

bool
json_get_flag(const struct json *object, const char *name)
{
	return json_is_true(json_object_get(const_node(object), name));
}

const struct json *
json_get(const struct json *object, const char *name)
{
	json_t *child = json_object_get(const_node(object), name);

	return (const struct json *)child; /* NULL included */
}

size_t
json_size(const struct json *array)
{
	return json_array_size(const_node(array));
}

const struct json *
json_at(const struct json *array, size_t index)
{
	json_t *child = json_array_get(const_node(array), index);

	return (const struct json *)child; /* NULL included */
}

const char *
json_name_at(const struct json *object, size_t index)
{
	json_t *root = node((struct json *)object); /* to walk, not to write */
	void *at = json_object_iter(root);

	while (at != NULL && index-- > 0)
		at = json_object_iter_next(root, at);
	return at != NULL ? json_object_iter_key(at) : NULL;
}

const char *
json_text_at(const struct json *array, size_t index)
{
	return json_string_value(json_array_get(const_node(array), index));
}

void
json_free(struct json *root)
{
	json_decref(node(root));
}
