#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/provision_internal.h"

/* The last line: {"hash":"<43 characters>"}. */
#define HASH_HEAD "{\"hash\":\""
#define HASH_TAIL "\"}\n"

struct plan_writer {
	FILE *out;
	crypto_generichash_state hash;
};

static void
hash_text(crypto_generichash_state *hash, char text[PLAN_HASH])
{
	unsigned char bytes[crypto_generichash_BYTES];

	(void)crypto_generichash_final(hash, bytes, sizeof bytes);
	(void)sodium_bin2base64(text, PLAN_HASH, bytes, sizeof bytes,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

struct plan_writer *
plan_writer_new(FILE *out)
{
	struct plan_writer *writer = calloc(1, sizeof *writer);

	if (writer == NULL)
		abort();
	writer->out = out;
	(void)crypto_generichash_init(
	    &writer->hash, NULL, 0, crypto_generichash_BYTES);
	return writer;
}

void
plan_writer_add(struct plan_writer *writer, const char *line)
{
	(void)crypto_generichash_update(
	    &writer->hash, (const unsigned char *)line, strlen(line));
	(void)crypto_generichash_update(
	    &writer->hash, (const unsigned char *)"\n", 1);
	fprintf(writer->out, "%s\n", line);
}

int
plan_writer_end(struct plan_writer *writer, struct err *err)
{
	FILE *out = writer->out;
	char hash[PLAN_HASH];

	hash_text(&writer->hash, hash);
	free(writer);
	fprintf(out, HASH_HEAD "%s" HASH_TAIL, hash);
	if (fflush(out) != 0 || ferror(out))
		return err_set(err, ERR_UNAVAILABLE,
		    "the plan could not be written: is the disk full?");
	return 0;
}

static bool
is_hash_line(const char *line, char hash[PLAN_HASH])
{
	size_t head = strlen(HASH_HEAD);

	if (strncmp(line, HASH_HEAD, head) != 0 ||
	    strlen(line) != head + PLAN_HASH - 1 + strlen(HASH_TAIL) ||
	    strcmp(line + head + PLAN_HASH - 1, HASH_TAIL) != 0)
		return false;
	memcpy(hash, line + head, PLAN_HASH - 1);
	hash[PLAN_HASH - 1] = '\0';
	return true;
}

int
plan_verify(FILE *plan, const char *name, char *hash, struct err *err)
{
	char line[PLAN_LINE_MAX], told[PLAN_HASH] = "", found[PLAN_HASH];
	crypto_generichash_state state;
	bool more = false; /* lines behind the last one */

	(void)crypto_generichash_init(
	    &state, NULL, 0, crypto_generichash_BYTES);
	while (fgets(line, sizeof line, plan) != NULL) {
		more = more || told[0] != '\0';
		if (!more && is_hash_line(line, told))
			continue;
		(void)crypto_generichash_update(
		    &state, (const unsigned char *)line, strlen(line));
	}
	hash_text(&state, found);
	rewind(plan);
	if (told[0] == '\0')
		return err_set(err, ERR_INPUT,
		    "%s: is not a whole plan (its last line is missing)", name);
	if (more || strcmp(told, found) != 0)
		return err_set(err, ERR_REFUSED,
		    "%s: was changed after it was made: make a new plan", name);
	if (hash != NULL)
		memcpy(hash, found, PLAN_HASH);
	return 0;
}

static int
judge_line(const char *line, long force, struct err *err)
{
	struct json *json = json_parse(line, strlen(line), err);
	const char *sentence =
	    json != NULL ? json_get_text(json, "valve") : NULL;
	long long wanted = json != NULL ? json_get_number(json, "force", 0) : 0;
	int rc = json != NULL ? 0 : -1;

	if (sentence != NULL && wanted != force)
		rc = err_set(err, ERR_REFUSED,
		    "nothing is done: %s; is a file truncated? If not: "
		    "--force %lld",
		    sentence, wanted);
	json_free(json);
	return rc;
}

int
plan_check_valve(FILE *plan, const char *name, long force, struct err *err)
{
	static const char head[] = "{\"valve\":";
	char line[PLAN_LINE_MAX];
	int rc = 0;

	while (rc == 0 && fgets(line, sizeof line, plan) != NULL)
		if (text_has_prefix(line, head))
			rc = judge_line(line, force, err);
	rewind(plan);
	return rc == 0 ? 0 : err_in(err, "%s", name);
}

static bool
is_list_of_texts(const struct json *list)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (json_text_at(list, i) == NULL)
			return false;
	return list != NULL;
}

static bool
are_pairs(const struct json *before, const struct json *after)
{
	if (json_size(before) == 0 || json_size(before) != json_size(after))
		return false;
	for (size_t i = 0; i < json_size(before); i++) {
		const struct json *old = json_at(before, i);
		const struct json *new = json_at(after, i);
		const char *name = json_get_text(old, "name");
		const char *same = json_get_text(new, "name");

		if (name == NULL || same == NULL || strcmp(name, same) != 0 ||
		    !is_list_of_texts(json_get(old, "values")) ||
		    !is_list_of_texts(json_get(new, "values")))
			return false;
	}
	return true;
}

int
plan_read_change(
    const struct json *line, struct plan_change *change, struct err *err)
{
	*change = (struct plan_change){
	    .login = json_get_text(line, "change"),
	    .dn = json_get_text(line, "dn"),
	    .uuid = json_get_text(line, "uuid"),
	    .before = json_get(line, "before"),
	    .after = json_get(line, "after"),
	    .names = json_get(line, "names"),
	    .source = json_get_text(line, "source"),
	    .notices = json_get(line, "notices"),
	};
	if (change->login == NULL || change->dn == NULL ||
	    change->uuid == NULL || !are_pairs(change->before, change->after) ||
	    (json_size(change->names) > 0 &&
		(change->source == NULL || !is_list_of_texts(change->names))))
		return err_set(err, ERR_INPUT, "a line of the plan is damaged");
	return 0;
}
