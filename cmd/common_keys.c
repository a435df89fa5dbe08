#include "cmd/common_keys.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/json.h"

static const char *const FOLDERS[] = {"web", "worker", "public"};
static const char *const USERS[] = {"rentree-web", "rentree-worker", NULL};

char *
keys_path(struct arena *arena, const char *dir, enum keys_owner owner,
    const char *name)
{
	return arena_printf(arena, "%s/%s/%s", dir, FOLDERS[owner], name);
}

int
keys_read(const char *dir, enum keys_owner owner, const char *name,
    struct secret *key, struct err *err)
{
	struct arena arena = {0};
	int rc;

	rc = secret_read_key(
	    keys_path(&arena, dir, owner, name), SECRET_KEY, key, err);
	arena_reset(&arena);
	return rc;
}

void
keys_kid(const unsigned char public_key[SECRET_KEY], char kid[17])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];

	(void)crypto_generichash(
	    hash, sizeof hash, public_key, SECRET_KEY, NULL, 0);
	(void)sodium_bin2hex(kid, 17, hash, 4);
}

int
keys_read_sealer(
    const char *dir, struct envelope_sealer *sealer, struct err *err)
{
	struct arena arena = {0};
	size_t len = 0;
	char *bytes;
	int rc;

	rc =
	    file_read(&arena, keys_path(&arena, dir, KEYS_PUBLIC, "worker.pub"),
		SECRET_KEY, &bytes, &len, err);
	if (rc != 0) {
		err->kind = ERR_CONFIG;
	} else if (len != SECRET_KEY) {
		rc = err_set(err, ERR_CONFIG,
		    "%s/public/worker.pub: not a 32-byte key", dir);
	} else {
		memcpy(sealer->public_key, bytes, SECRET_KEY);
		keys_kid(sealer->public_key, sealer->kid);
		sealer->mac_key = NULL;
	}
	arena_reset(&arena);
	return rc;
}

/* Root gives each file to the program that reads it, where it is installed. */
static void
give_to(const char *path, enum keys_owner owner)
{
	const struct passwd *user =
	    USERS[owner] != NULL ? getpwnam(USERS[owner]) : NULL;

	if (user != NULL && geteuid() == 0 &&
	    chown(path, user->pw_uid, user->pw_gid) != 0)
		fprintf(stderr, "%s: cannot give to %s: %s\n", path,
		    USERS[owner], strerror(errno));
}

static int
make_folder(const char *path, mode_t mode, struct err *err)
{
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return err_set(
		    err, ERR_CONFIG, "%s: %s", path, strerror(errno));
	return 0;
}

static void
tell(struct json *list, const char *path, bool made)
{
	struct json *item;

	if (list == NULL) {
		printf("%s %s\n", made ? "created" : "kept   ", path);
		return;
	}
	item = json_add(list, NULL, json_new_object());
	json_text(item, "file", path);
	json_text(item, "result", made ? "created" : "kept");
}

static int
make_file(const char *dir, enum keys_owner owner, const char *name,
    const unsigned char bytes[SECRET_KEY], struct json *list, struct err *err)
{
	mode_t mode = owner == KEYS_PUBLIC ? 0444 : 0400;
	struct arena arena = {0};
	const char *path = keys_path(&arena, dir, owner, name);
	int made = 0, rc;

	rc = file_create(path, mode, bytes, SECRET_KEY, &made, err);
	if (rc == 0 && made)
		give_to(path, owner);
	if (rc == 0)
		tell(list, path, made);
	arena_reset(&arena);
	return rc;
}

static int
make_random(const char *dir, enum keys_owner owner, const char *name,
    struct json *list, struct err *err)
{
	unsigned char bytes[SECRET_KEY];
	int rc;

	randombytes_buf(bytes, sizeof bytes);
	rc = make_file(dir, owner, name, bytes, list, err);
	sodium_memzero(bytes, sizeof bytes);
	return rc;
}

/* The public half is always made from the secret one, so a run that died in
 * between leaves nothing that does not fit. */
static int
make_pair(const char *dir, struct json *list, struct err *err)
{
	unsigned char public_key[SECRET_KEY];
	struct secret secret_key = {0};
	int rc = -1;

	if (make_random(dir, KEYS_WORKER, "worker.key", list, err) != 0 ||
	    keys_read(dir, KEYS_WORKER, "worker.key", &secret_key, err) != 0)
		return -1;
	if (crypto_scalarmult_base(public_key, secret_key.bytes) == 0)
		rc = make_file(
		    dir, KEYS_PUBLIC, "worker.pub", public_key, list, err);
	secret_free(&secret_key);
	return rc;
}

int
keys_init(const char *dir, struct json *list, struct err *err)
{
	static const struct {
		enum keys_owner owner;
		const char *name;
	} keys[] = {
	    {KEYS_WEB, "captcha.key"},
	    {KEYS_WEB, "limiter.key"},
	    {KEYS_WORKER, "record.key"},
	    {KEYS_WORKER, "numen-1.key"},
	    {KEYS_WORKER, "audit.key"},
	    {KEYS_WORKER, "operator.key"},
	};
	static const mode_t modes[] = {0700, 0700, 0755};

	if (make_folder(dir, 0755, err) != 0)
		return -1;
	for (size_t i = 0; i < COUNT_OF(FOLDERS); i++) {
		struct arena arena = {0};
		const char *path =
		    arena_printf(&arena, "%s/%s", dir, FOLDERS[i]);
		int rc = make_folder(path, modes[i], err);

		if (rc == 0)
			give_to(path, (enum keys_owner)i);
		arena_reset(&arena);
		if (rc != 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (make_random(dir, keys[i].owner, keys[i].name, list, err) !=
		    0)
			return -1;
	return make_pair(dir, list, err);
}
