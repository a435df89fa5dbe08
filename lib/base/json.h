/*
 * json - writing JSON through jansson (its only door): reports, audit lines,
 * problem details (RFC 9457), --json.
 *
 * A node belongs to its parent once added; json_free() of the root frees all.
 * Invalid UTF-8 is replaced, never passed on. Out of memory ends the process.
 */
#ifndef LIB_BASE_JSON_H
#define LIB_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct err;

struct json;

/* json_new_object() and json_array() are names of jansson's. */
struct json *json_new_object(void);
struct json *json_new_array(void);
/* A value that is NULL is written as null. */
void json_text(struct json *object, const char *name, const char *value);
void json_number(struct json *object, const char *name, long long value);
void json_flag(struct json *object, const char *name, bool value);
/* Adds child under name (object) or at the end (array, name NULL); both
 * return child, so that calls can be chained. */
struct json *json_add(
    struct json *parent, const char *name, struct json *child);
void json_add_text(struct json *array, const char *value);

/* One line, keys in insertion order, in arena. */
char *json_line(struct arena *arena, const struct json *root);
/* Indented, for files that people open. */
char *json_pretty(struct arena *arena, const struct json *root);

/* Reading back what we wrote (audit, plans): NULL and ERR_INPUT if damaged. */
struct json *json_parse(
    const char *bytes, size_t len, struct err *err) MUST_CHECK;
const char *json_get_text(const struct json *object, const char *name);
long long json_get_number(
    const struct json *object, const char *name, long long fallback);
bool json_get_flag(const struct json *object, const char *name);
const struct json *json_get(const struct json *object, const char *name);
size_t json_size(const struct json *array);
const struct json *json_at(const struct json *array, size_t index);
/* The name of a member of an object; NULL behind the last. */
const char *json_name_at(const struct json *object, size_t index);
/* A text of an array; NULL when there is none. */
const char *json_text_at(const struct json *array, size_t index);

void json_free(struct json *root);

#endif
