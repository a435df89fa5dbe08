/*
 * common_keys - the key files below [keys] dir, each opened by the program it
 * belongs to.
 *
 *     web/captcha.key web/limiter.key               rentree-web
 *     worker/worker.key worker/record.key           rentree-worker
 *     worker/numen-<kid>.key worker/audit.key       rentree-worker, rentree
 *     worker/operator.key                           rentree-worker, rentree
 *     public/worker.pub                             all
 *
 * Every key is 32 raw bytes. worker.key is the secret half of a key pair whose
 * kid is the first 8 hexadecimal digits of a hash of its public half, so a
 * public file cannot be mistaken for another pair's.
 */
#ifndef CMD_COMMON_KEYS_H
#define CMD_COMMON_KEYS_H

#include "lib/base/secret.h"
#include "lib/store/envelope.h"

struct arena;
struct err;
struct json;

enum keys_owner { KEYS_WEB, KEYS_WORKER, KEYS_PUBLIC };

/* "<dir>/web/<name>" in arena. */
char *keys_path(struct arena *arena, const char *dir, enum keys_owner owner,
    const char *name);

/* One 32-byte key. */
int keys_read(const char *dir, enum keys_owner owner, const char *name,
    struct secret *key, struct err *err) MUST_CHECK;

/* The worker's public key, to seal with. mac_key stays NULL. */
int keys_read_sealer(const char *dir, struct envelope_sealer *sealer,
    struct err *err) MUST_CHECK;

void keys_kid(const unsigned char public_key[SECRET_KEY], char kid[17]);

/* Creates what is missing below dir; each file is an item of list, or a line
 * that is printed when list is NULL. Never overwrites. 0400 (public: 0444),
 * owned by the program's user where such a user exists and we may. */
int keys_init(const char *dir, struct json *list, struct err *err) MUST_CHECK;

#endif
