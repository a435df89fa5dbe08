#include "lib/flow/moderation.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/json.h"

/* A question is about 400 bytes: more than 150,000 of them. */
enum { CEILING = 64 * 1024 * 1024 };

static const char *const names[] = {
    [MODERATION_OPEN] = "open",
    [MODERATION_SAME] = "same",
    [MODERATION_DIFFERENT] = "different",
    [MODERATION_LATER] = "later",
};

const char *
moderation_word_name(enum moderation_word word)
{
	return names[word];
}

bool
moderation_word_read(const char *text, enum moderation_word *word)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*word = (enum moderation_word)i;
			return true;
		}
	return false;
}

static void
name_case(struct moderation_case *one)
{
	unsigned char hash[(MODERATION_ID - 1) / 2];
	unsigned char whole[crypto_generichash_BYTES];
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof whole);
	(void)crypto_generichash_update(&state,
	    (const unsigned char *)one->sources[0],
	    strlen(one->sources[0]) + 1);
	(void)crypto_generichash_update(&state,
	    (const unsigned char *)one->account.login,
	    strlen(one->account.login));
	(void)crypto_generichash_final(&state, whole, sizeof whole);
	memcpy(hash, whole, sizeof hash);
	(void)sodium_bin2hex(one->id, sizeof one->id, hash, sizeof hash);
}

static const char *
person_key(struct arena *arena, const char *source, const char *login)
{
	return arena_printf(arena, "%s %s", source, login);
}

static void
index_case(struct moderation *moderation, struct moderation_case *one)
{
	struct arena scratch = {0};

	for (size_t i = 0; one->sources[i] != NULL; i++)
		index_add(&moderation->by_person,
		    person_key(&scratch, one->sources[i], one->account.login),
		    one);
	arena_reset(&scratch);
}

static struct moderation_case *
append(struct moderation *moderation, const struct moderation_case *one)
{
	struct moderation_case *kept =
	    arena_alloc(moderation->arena, sizeof *kept);

	*kept = *one;
	kept->next = NULL;
	kept->at = moderation->end;
	*moderation->end = kept;
	moderation->end = &kept->next;
	name_case(kept);
	index_case(moderation, kept);
	return kept;
}

/* --- the file ------------------------------------------------------------- */

static const char *
text_of(
    struct moderation *moderation, const struct json *line, const char *name)
{
	const char *text = json_get_text(line, name);

	return arena_dup(moderation->arena, text != NULL ? text : "");
}

static int
read_case(
    struct moderation *moderation, const struct json *line, struct err *err)
{
	const struct json *sources = json_get(line, "sources");
	const char *word = json_get_text(line, "decision");
	struct moderation_case one = {.name = text_of(moderation, line, "name"),
	    .kind = text_of(moderation, line, "kind"),
	    .establishment = text_of(moderation, line, "establishment"),
	    .account = {.login = text_of(moderation, line, "login"),
		.display = text_of(moderation, line, "account"),
		.kind = text_of(moderation, line, "account_kind"),
		.establishment =
		    text_of(moderation, line, "account_establishment"),
		.mail = text_of(moderation, line, "account_mail")},
	    .likely = json_get_flag(line, "likely")};

	for (size_t i = 0; i < json_size(sources) && i < MODERATION_SOURCES;
	     i++)
		if (json_text_at(sources, i) != NULL)
			one.sources[i] = arena_dup(
			    moderation->arena, json_text_at(sources, i));
	if (one.sources[0] == NULL || one.account.login[0] == '\0' ||
	    word == NULL || !moderation_word_read(word, &one.word))
		return err_set(err, ERR_INPUT, "a line is damaged");
	(void)append(moderation, &one);
	return 0;
}

static int
read_lines(struct moderation *moderation, char *text, struct err *err)
{
	char *rest = text, *line;
	unsigned long number = 0;
	int rc = 0;

	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL) {
		struct json *json;

		number++;
		if (*line == '\0')
			continue;
		json = json_parse(line, strlen(line), err);
		rc = json != NULL ? read_case(moderation, json, err) : -1;
		json_free(json);
		if (rc != 0)
			return err_in(err, "%s:%lu", moderation->path, number);
	}
	return rc;
}

int
moderation_open(struct moderation *moderation, const char *path,
    struct arena *arena, struct err *err)
{
	char *bytes;
	size_t len;

	*moderation = (struct moderation){
	    .arena = arena, .path = path, .by_person = {.arena = arena}};
	moderation->end = &moderation->first;
	if (path == NULL || access(path, F_OK) != 0)
		return 0;
	if (file_read(arena, path, CEILING, &bytes, &len, err) != 0)
		return -1;
	return read_lines(moderation, bytes, err);
}

static void
write_case(
    const struct moderation_case *one, struct arena *arena, struct buf *out)
{
	struct json *line = json_new_object();
	struct json *sources;

	json_text(line, "id", one->id);
	json_text(line, "decision", moderation_word_name(one->word));
	json_text(line, "name", one->name);
	json_text(line, "kind", one->kind);
	json_text(line, "establishment", one->establishment);
	json_text(line, "login", one->account.login);
	json_text(line, "account", one->account.display);
	json_text(line, "account_kind", one->account.kind);
	json_text(line, "account_establishment", one->account.establishment);
	json_text(line, "account_mail", one->account.mail);
	json_flag(line, "likely", one->likely);
	sources = json_add(line, "sources", json_new_array());
	for (size_t i = 0; one->sources[i] != NULL; i++)
		json_add_text(sources, one->sources[i]);
	buf_addf(out, "%s\n", json_line(arena, line));
	json_free(line);
}

int
moderation_save(struct moderation *moderation, struct err *err)
{
	struct buf out;
	int rc;

	if (!moderation->changed || moderation->path == NULL)
		return 0;
	buf_init(&out, CEILING);
	for (struct moderation_case *one = moderation->first; one != NULL;
	     one = one->next)
		write_case(one, moderation->arena, &out);
	if (!buf_ok(&out))
		rc = err_set(err, ERR_REFUSED,
		    "%s: too many questions: is this the right directory?",
		    moderation->path);
	else
		rc = file_replace(
		    moderation->path, 0600, buf_text(&out), out.len, err);
	buf_free(&out);
	moderation->changed = moderation->changed && rc != 0;
	return rc;
}

void
moderation_close(struct moderation *moderation)
{
	index_free(&moderation->by_person);
}

/* --- cases ---------------------------------------------------------------- */

/* What was dropped is not taken out of the index. */
static struct moderation_case *
find_case(struct moderation *moderation, const char *key)
{
	const struct index_item *item = index_find(&moderation->by_person, key);

	for (; item != NULL; item = item->next) {
		struct moderation_case *one = item->what;

		if (!one->dropped)
			return one;
	}
	return NULL;
}

struct moderation_case *
moderation_find(struct moderation *moderation, const char *const *sources,
    size_t count, const char *login)
{
	struct moderation_case *found = NULL;
	struct arena scratch = {0};

	for (size_t i = 0; found == NULL && i < count; i++)
		found = find_case(
		    moderation, person_key(&scratch, sources[i], login));
	arena_reset(&scratch);
	return found;
}

struct moderation_case *
moderation_by_id(struct moderation *moderation, const char *id)
{
	struct moderation_case *one = moderation->first;

	while (one != NULL && strcmp(one->id, id) != 0)
		one = one->next;
	return one;
}

static bool
are_equal(
    const struct moderation_account *a, const struct moderation_account *b)
{
	return strcmp(a->display, b->display) == 0 &&
	       strcmp(a->kind, b->kind) == 0 &&
	       strcmp(a->establishment, b->establishment) == 0 &&
	       strcmp(a->mail, b->mail) == 0;
}

struct moderation_case *
moderation_note(
    struct moderation *moderation, const struct moderation_case *one)
{
	size_t count = 0;
	struct moderation_case *kept;

	while (one->sources[count] != NULL)
		count++;
	kept = moderation_find(
	    moderation, one->sources, count, one->account.login);
	if (kept == NULL) {
		kept = append(moderation, one);
		moderation->changed = true;
	} else if (!are_equal(&kept->account, &one->account)) {
		kept->account = one->account;
		moderation->changed = true;
	}
	kept->arose = true;
	return kept;
}

void
moderation_decide(struct moderation *moderation, struct moderation_case *one,
    enum moderation_word word)
{
	moderation->changed = moderation->changed || one->word != word;
	one->word = word;
}

void
moderation_drop(struct moderation *moderation, struct moderation_case *one)
{
	if (one->dropped)
		return;
	one->dropped = true;
	*one->at = one->next;
	if (one->next != NULL)
		one->next->at = one->at;
	else
		moderation->end = one->at;
	moderation->changed = true;
}
