#include "lib/store/kv_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"

/* lib/store/<name>.lua, by the build. */
extern const struct embed_list functions_embedded;

/* "lib/store/rentree.lua" -> "rentree" */
static const char *
library_name(struct arena *arena, const struct embed_file *file)
{
	const char *slash = strrchr(file->name, '/');
	const char *name = slash != NULL ? slash + 1 : file->name;

	return arena_dup_n(arena, name, strcspn(name, "."));
}

/* Names and values alternate in what FUNCTION LIST says of a library. */
static const struct kv_reply *
find_code(const struct kv_reply *library)
{
	for (size_t i = 0; i + 1 < library->count; i += 2)
		if (library->items[i].type == KV_BYTES &&
		    strcmp(library->items[i].bytes, "library_code") == 0)
			return &library->items[i + 1];
	return NULL;
}

static bool
has_code(const struct kv_reply *libraries, const struct embed_file *file)
{
	const struct kv_reply *code;

	if (libraries->type != KV_LIST || libraries->count != 1)
		return false;
	code = find_code(&libraries->items[0]);
	return code != NULL && code->type == KV_BYTES &&
	       code->len == file->len &&
	       memcmp(code->bytes, file->bytes, file->len) == 0;
}

static enum lookup
is_loaded(struct kv *kv, struct arena *arena, const struct embed_file *file,
    struct err *err)
{
	struct kv_reply libraries;

	if (kv_words(kv, arena, &libraries, err, "FUNCTION", "LIST",
		"LIBRARYNAME", library_name(arena, file), "WITHCODE", NULL) < 0)
		return LOOKUP_FAILED;
	return has_code(&libraries, file) ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

static int
load(struct kv *kv, struct arena *arena, const struct embed_file *file,
    struct err *err)
{
	struct kv_reply reply;

	return kv_command(kv,
	    (struct kv_arg[]){kv_text("FUNCTION"), kv_text("LOAD"),
		kv_text("REPLACE"), {file->bytes, file->len}},
	    4, arena, &reply, err);
}

int
kv_load_functions(struct kv *kv, struct err *err)
{
	struct arena arena = {0};
	enum lookup loaded;
	int rc = 0;

	for (size_t i = 0; i < functions_embedded.count && rc == 0; i++) {
		const struct embed_file *file = &functions_embedded.files[i];

		loaded = is_loaded(kv, &arena, file, err);
		if (loaded == LOOKUP_ABSENT)
			rc = load(kv, &arena, file, err);
		if (loaded == LOOKUP_FAILED || rc < 0)
			rc = err_in(err, "function library %s",
			    library_name(&arena, file));
	}
	arena_reset(&arena);
	return rc;
}

/* The web's login may not list functions; it may call one with nothing to do.
 */
static int
try_function(struct kv *kv, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	char base[KV_KEY];
	int rc;

	kv_key(kv, base, "%s", "");
	rc = kv_words(
	    kv, &arena, &reply, err, "FCALL", "rentree_limit", "0", base, NULL);
	arena_reset(&arena);
	return rc;
}

int
kv_check_functions(struct kv *kv, struct err *err)
{
	struct arena arena = {0};
	int rc = 0;

	if (kv->role == KV_WEB)
		return try_function(kv, err);
	for (size_t i = 0; i < functions_embedded.count && rc == 0; i++) {
		const struct embed_file *file = &functions_embedded.files[i];
		enum lookup loaded = is_loaded(kv, &arena, file, err);

		if (loaded == LOOKUP_FAILED)
			rc = -1;
		if (loaded == LOOKUP_ABSENT)
			rc = err_set(err, ERR_UNAVAILABLE,
			    "the function library %s is missing or another "
			    "version: start rentree-worker, which loads it",
			    library_name(&arena, file));
	}
	arena_reset(&arena);
	return rc;
}
