#include "lib/flow/parts.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/store/kv.h"

enum { PARTS = PART_MAIL + 1, REASON_MAX = 256 };

struct parts {
	struct meters *meters;
	unsigned wanted;
	_Atomic(const char *) words[PARTS];
};

static const char ok[] = "ok", unknown[] = "unknown";

struct parts *
parts_new(struct meters *meters, unsigned wanted)
{
	struct parts *parts = calloc(1, sizeof *parts);

	if (parts == NULL)
		err_no_memory();
	parts->meters = meters;
	parts->wanted = wanted;
	for (size_t i = 0; i < PARTS; i++)
		atomic_init(&parts->words[i], unknown);
	return parts;
}

void
parts_free(struct parts *parts)
{
	free(parts);
}

bool
parts_set(struct parts *parts, enum meter_part part, const char *word)
{
	const char *before;

	if (parts == NULL)
		return false;
	before = atomic_exchange(&parts->words[part], word);
	metrics_set(meters_of(parts->meters), METER_READY, part, 0,
	    strcmp(word, ok) == 0 ? 1 : 0);
	return strcmp(before, word) != 0;
}

const char *
parts_word(const struct parts *parts, enum meter_part part)
{
	return atomic_load(&parts->words[part]);
}

const char *
parts_class(const struct err *err)
{
	if (err == NULL)
		return ok;
	switch (err->kind) {
	case ERR_UNAVAILABLE:
	case ERR_TEMPORARY:
		return kv_class(err);
	case ERR_CONFIG:
	case ERR_DENIED:
		return "refused";
	default:
		return "failing";
	}
}

static bool
is_shown(const struct parts *parts, size_t part)
{
	return (parts->wanted & 1u << part) != 0;
}

static bool
is_well(const struct parts *parts, size_t part)
{
	const char *word = atomic_load(&parts->words[part]);

	return strcmp(word, ok) == 0 || strcmp(word, unknown) == 0;
}

bool
parts_are_ready(const struct parts *parts)
{
	for (size_t i = 0; i < PARTS; i++)
		if (is_shown(parts, i) && !is_well(parts, i))
			return false;
	return true;
}

struct json *
parts_json(const struct parts *parts)
{
	static const char *const names[PARTS] = {
	    "redis", "clock", "directory", "mail"};
	struct json *root = json_new_object(), *list = json_new_object();
	struct buf reason;

	buf_init(&reason, REASON_MAX);
	for (size_t i = 0; i < PARTS; i++) {
		const char *word = atomic_load(&parts->words[i]);

		if (!is_shown(parts, i))
			continue;
		json_text(list, names[i], word);
		if (!is_well(parts, i))
			buf_addf(&reason, "%s%s: %s",
			    reason.len > 0 ? ", " : "", names[i], word);
	}
	json_text(root, "status", reason.len > 0 ? "closed" : "ready");
	if (reason.len > 0)
		json_text(root, "reason", buf_text(&reason));
	(void)json_add(root, "parts", list);
	buf_free(&reason);
	return root;
}
