#include "lib/base/secret.h"

#include <assert.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/file.h"

enum { PASSWORD_FILE_MAX = 1024 };

/* Where systemd put the credential of the same base name, else path. */
static const char *
locate(struct arena *arena, const char *path)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char *credential;

	if (folder == NULL || *folder == '\0' || *name == '\0')
		return path;
	credential = arena_printf(arena, "%s/%s", folder, name);
	return access(credential, F_OK) == 0 ? credential : path;
}

static int
read_private(struct arena *arena, const char *path, size_t ceiling,
    char **bytes, size_t *len, struct err *err)
{
	if (*path == '\0')
		return err_set(err, ERR_CONFIG, "no file is named");
	path = locate(arena, path);
	if (file_is_private(path, err) < 0)
		return -1;
	if (file_read(arena, path, ceiling, bytes, len, err) < 0) {
		err->kind = ERR_CONFIG;
		return -1;
	}
	return 0;
}

static int
guard(struct secret *secret, const void *bytes, size_t len, struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "libsodium does not start");
	secret->bytes = sodium_malloc(len + 1);
	if (secret->bytes == NULL)
		return err_set(
		    err, ERR_INTERNAL, "no guarded memory left for a secret");
	memcpy(secret->bytes, bytes, len);
	secret->bytes[len] = '\0';
	secret->len = len;
	sodium_mprotect_readonly(secret->bytes);
	return 0;
}

int
secret_read_key(
    const char *path, size_t len, struct secret *secret, struct err *err)
{
	struct arena arena = {0};
	char *bytes;
	size_t have;
	int rc;

	*secret = (struct secret){0};
	rc = read_private(&arena, path, len, &bytes, &have, err);
	if (rc == 0 && have != len)
		rc = err_set(err, ERR_CONFIG,
		    "%s has %zu bytes; a key of this kind has %zu", path, have,
		    len);
	if (rc == 0)
		rc = guard(secret, bytes, have, err);
	arena_reset(&arena);
	return rc;
}

/* Without the end of line; 0 when what is left is no password. */
static size_t
password_length(const char *bytes, size_t len)
{
	if (len > 0 && bytes[len - 1] == '\n')
		len--;
	if (len > 0 && bytes[len - 1] == '\r')
		len--;
	if (memchr(bytes, '\n', len) != NULL ||
	    memchr(bytes, '\0', len) != NULL)
		return 0;
	return len;
}

int
secret_read_password(const char *path, struct secret *secret, struct err *err)
{
	struct arena arena = {0};
	char *bytes;
	size_t len;
	int rc;

	*secret = (struct secret){0};
	rc = read_private(&arena, path, PASSWORD_FILE_MAX, &bytes, &len, err);
	if (rc == 0) {
		len = password_length(bytes, len);
		if (len == 0)
			rc = err_set(err, ERR_CONFIG,
			    "%s must hold one line, the password", path);
	}
	if (rc == 0)
		rc = guard(secret, bytes, len, err);
	arena_reset(&arena);
	return rc;
}

void
secret_free(struct secret *secret)
{
	sodium_free(secret->bytes);
	*secret = (struct secret){0};
}

void
secret_derive(const struct secret *master, const char *purpose,
    unsigned char out[SECRET_KEY])
{
	char context[crypto_kdf_CONTEXTBYTES] = {0};
	size_t len = strlen(purpose);

	assert(master->len == crypto_kdf_KEYBYTES);
	assert(len <= sizeof(context));
	memcpy(context, purpose, len);
	crypto_kdf_derive_from_key(out, SECRET_KEY, 1, context, master->bytes);
}

/* Found when the address sanitizer is linked in. Its leak check reads this
 * process from outside, which a process that is not dumpable forbids. */
extern void __lsan_do_leak_check(void) __attribute__((weak));

void
secret_harden_process(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	if (__lsan_do_leak_check == NULL)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
