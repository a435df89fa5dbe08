/*
 * secret - keys and passwords in guarded memory, from files, never from argv.
 *
 * Memory comes from sodium_malloc(): locked, left out of core files, wiped
 * when freed. A path is looked for in $CREDENTIALS_DIRECTORY first (systemd
 * LoadCredential, by base name), then as given.
 */
#ifndef LIB_BASE_SECRET_H
#define LIB_BASE_SECRET_H

#include <stddef.h>

#include "lib/base/base.h"

struct arena;
struct err;

enum { SECRET_KEY = 32 }; /* every key of ours: 32 raw bytes */

struct secret {
	unsigned char *bytes; /* NUL-terminated beyond len, for libraries */
	size_t len;
};

/* A key file: exactly len raw bytes, private. ERR_CONFIG names the path. */
int secret_read_key(const char *path, size_t len, struct secret *secret,
    struct err *err) MUST_CHECK;
/* A password file: one line, its end of line removed, private, <= 1 KiB. */
int secret_read_password(
    const char *path, struct secret *secret, struct err *err) MUST_CHECK;
void secret_free(struct secret *secret);

/*
 * The sub-key of a 32-byte master for a purpose of at most 8 characters
 * (crypto_kdf_derive_from_key). out has SECRET_KEY bytes.
 */
void secret_derive(const struct secret *master, const char *purpose,
    unsigned char out[SECRET_KEY]);

/* Core files off, and memory not dumpable; called first by every main. */
void secret_harden_process(void);

#endif
