/*
 * record - bytes from Redis that the worker believes, because of their MAC.
 *
 *     <content><32 bytes: keyed BLAKE2b-256 over the key's name and content>
 *
 * The content is packed fields (pack.h). The name is the whole name of the
 * Redis key that holds the record, prefix included, so a record copied to
 * another key does not verify. Redis can lose or replay a state of one key,
 * never invent one: what else must not be replayed (purpose, account, expiry)
 * stands in the content.
 *
 * Pure: no connection and no clock in here.
 */
#ifndef LIB_STORE_RECORD_H
#define LIB_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/base/secret.h"

struct arena;
struct buf;
struct token_record;
struct unpack;

enum { RECORD_MAC = 32, RECORD_MAX = 2048 };

/* Appends the MAC over all that is in content. */
void record_seal(
    const unsigned char key[SECRET_KEY], const char *name, struct buf *content);
/* Readies in for the content; false when the MAC is not ours. */
bool record_open(const unsigned char key[SECRET_KEY], const char *name,
    const void *bytes, size_t len, struct unpack *in) MUST_CHECK;

/* The record of a token. out: a buf with a ceiling of RECORD_MAX; it is full
 * (buf_ok) when the fields are too long. */
void record_write_token(const unsigned char key[SECRET_KEY], const char *name,
    const struct token_record *record, struct buf *out);
/* Strings in arena. False: not ours, or damaged. */
bool record_read_token(const unsigned char key[SECRET_KEY], const char *name,
    const void *bytes, size_t len, struct arena *arena,
    struct token_record *record) MUST_CHECK;

#endif
