#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/people/digest.h"

static const char prefix[] = "numen-";
static const char suffix[] = ".key";

static bool
is_kid(const char *kid)
{
	size_t len = strspn(kid,
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

	return len > 0 && len < DIGEST_KID && kid[len] == '\0';
}

static bool
is_numeric(const char *kid)
{
	return kid[strspn(kid, "0123456789")] == '\0';
}

/* Below zero when a is older than b. */
static int
compare_kids(const char *a, const char *b)
{
	const char *a_rest = a + strspn(a, "0"), *b_rest = b + strspn(b, "0");
	size_t a_len = strlen(a_rest), b_len = strlen(b_rest);
	int order;

	if (is_numeric(a) != is_numeric(b))
		return is_numeric(a) ? -1 : 1;
	if (!is_numeric(a))
		return strcmp(a, b);
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	order = strcmp(a_rest, b_rest);
	return order != 0 ? order : strcmp(a, b);
}

static int
newest_first(const void *a, const void *b)
{
	const struct digest_key *left = a, *right = b;

	return compare_kids(right->kid, left->kid);
}

static int
open_key(const char *path, const char *kid, struct digest_keys *keys,
    struct err *err)
{
	struct digest_key *slot = &keys->list[keys->count];
	struct secret *key;

	if (!is_kid(kid))
		return err_set(err, ERR_CONFIG,
		    "%s: a key id is 1 to %d letters, digits, '-', '_'", path,
		    DIGEST_KID - 1);
	if (keys->count == DIGEST_KEYS_MAX)
		return err_set(err, ERR_CONFIG,
		    "%s: more than %d keys numen-*.key are live", path,
		    DIGEST_KEYS_MAX);
	key = calloc(1, sizeof(*key));
	if (key == NULL)
		err_no_memory();
	slot->key = key;
	memcpy(slot->kid, kid, strlen(kid) + 1);
	keys->count++;
	return secret_read_key(path, SECRET_KEY, key, err);
}

/* The kid in "numen-<kid>.key", NULL for other files. */
static const char *
kid_of(struct arena *arena, const char *name)
{
	size_t ends = sizeof(prefix) + sizeof(suffix) - 2;
	size_t len = strlen(name);

	if (len < ends || !text_has_prefix(name, prefix) ||
	    !text_has_suffix(name, suffix))
		return NULL;
	return arena_dup_n(arena, name + sizeof(prefix) - 1, len - ends);
}

static int
open_all(DIR *folder, const char *dir, struct arena *arena,
    struct digest_keys *keys, struct err *err)
{
	const struct dirent *entry;
	const char *kid;

	while ((errno = 0, entry = readdir(folder)) != NULL) {
		kid = kid_of(arena, entry->d_name);
		if (kid != NULL &&
		    open_key(arena_printf(arena, "%s/%s", dir, entry->d_name),
			kid, keys, err) < 0)
			return -1;
	}
	if (errno != 0)
		return err_set(err, ERR_CONFIG, "%s: %s", dir, strerror(errno));
	if (keys->count == 0)
		return err_set(
		    err, ERR_CONFIG, "%s: no key numen-<id>.key is here", dir);
	return 0;
}

int
digest_open_keys(const char *dir, struct digest_keys *keys, struct err *err)
{
	struct arena arena = {0};
	DIR *folder = opendir(dir);
	int rc;

	*keys = (struct digest_keys){0};
	if (folder == NULL)
		return err_set(err, ERR_CONFIG, "%s: %s", dir, strerror(errno));
	rc = open_all(folder, dir, &arena, keys, err);
	closedir(folder);
	arena_reset(&arena);
	if (rc < 0)
		digest_close_keys(keys);
	else
		qsort(keys->list, keys->count, sizeof(keys->list[0]),
		    newest_first);
	return rc;
}

void
digest_close_keys(struct digest_keys *keys)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		secret_free(keys->list[i].key);
		free(keys->list[i].key);
	}
	*keys = (struct digest_keys){0};
}
