#include "lib/store/now.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"

enum { TIMEOUT_MS = 2000 };

struct now_server {
	const struct redis_conf *conf;
	struct kv *listener; /* NULL: not subscribed */
};

struct now_server *
now_server_new(const struct redis_conf *conf)
{
	struct now_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		err_no_memory();
	server->conf = conf;
	return server;
}

static void
drop_listener(struct now_server *server)
{
	kv_free(server->listener);
	server->listener = NULL;
}

void
now_server_free(struct now_server *server)
{
	if (server == NULL)
		return;
	drop_listener(server);
	free(server);
}

/* --- listening ----------------------------------------------------------- */

static int
subscribe(struct now_server *server, struct err *err)
{
	char channel[KV_KEY];

	if (server->listener != NULL)
		return 0;
	server->listener = kv_new(server->conf, KV_WORKER, TIMEOUT_MS);
	kv_key(server->listener, channel, "now");
	if (kv_subscribe(server->listener, channel, err) == 0)
		return 0;
	drop_listener(server);
	return -1;
}

static enum lookup
listen_once(struct now_server *server, long wait_ms, struct arena *arena,
    const char **bytes, size_t *len, struct err *err)
{
	enum lookup heard = LOOKUP_FAILED;

	if (subscribe(server, err) == 0) {
		heard = kv_listen(
		    server->listener, wait_ms, arena, bytes, len, err);
		if (heard == LOOKUP_FAILED)
			drop_listener(server);
	}
	if (heard == LOOKUP_FAILED)
		clock_sleep_ms(wait_ms < NOW_PAUSE_MS ? wait_ms : NOW_PAUSE_MS);
	return heard;
}

/* LOOKUP_FOUND: this thread is the one that does it. As a batch, so that a
 * Redis at maxmemory does not stop passwords from being set. */
static enum lookup
win(struct kv *kv, const char *id, struct arena *arena, struct err *err)
{
	struct kv_reply reply = {0};
	char key[KV_KEY], ttl[24];

	kv_key(kv, key, "got:%s", id);
	{
		const struct kv_arg set[] = {kv_text("SET"), kv_text(key),
		    kv_text("1"), kv_text("NX"), kv_text("PX"),
		    kv_number(ttl, NOW_GOT_MS)};
		const struct kv_batch_item item = {set, COUNT_OF(set)};

		if (kv_batch(kv, &item, 1, true, arena, &reply, err) != 0)
			return LOOKUP_FAILED;
	}
	return reply.type == KV_STATUS ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

/* Only a list of a web process may be answered to. */
static bool
is_process(const char *name)
{
	return strlen(name) == NOW_PROCESS - 1 &&
	       strspn(name, "0123456789abcdef") == NOW_PROCESS - 1;
}

static const char *
what_is_wrong(const struct envelope *envelope, int64_t now_ms)
{
	if (!request_kind_is_interactive(envelope->kind) ||
	    !is_process(envelope->reply_to))
		return "not an interactive request";
	if (envelope_is_from_future(envelope, now_ms))
		return "asked in the future";
	if (envelope->asked_ms < now_ms - NOW_STALE_MS)
		return "stale";
	return NULL;
}

static enum lookup
open_won(const struct envelope_opener *opener, const char *bytes, size_t len,
    const char *id, struct arena *arena, struct envelope *envelope)
{
	const char *wrong;
	struct err err;

	if (envelope_open(opener, bytes, len, arena, envelope, &err) < 0)
		wrong = err.text;
	else
		wrong = what_is_wrong(envelope, clock_now_ms());
	if (wrong == NULL)
		return LOOKUP_FOUND;
	log_event(
	    LOG_LEVEL_WARN, "now.dropped", "id", id, "reason", wrong, NULL);
	sodium_memzero(envelope, sizeof(*envelope));
	return LOOKUP_ABSENT;
}

enum lookup
now_next(struct now_server *server, struct kv *kv,
    const struct envelope_opener *opener, long wait_ms, struct arena *arena,
    struct envelope *envelope, struct err *err)
{
	char id[ENVELOPE_ID_TEXT];
	const char *bytes;
	enum lookup found;
	size_t len;

	found = listen_once(server, wait_ms, arena, &bytes, &len, err);
	if (found != LOOKUP_FOUND)
		return found;
	if (!envelope_id(bytes, len, id)) {
		log_event(LOG_LEVEL_WARN, "now.dropped", "reason",
		    "not a sealed request", NULL);
		return LOOKUP_ABSENT;
	}
	found = win(kv, id, arena, err);
	if (found == LOOKUP_FAILED)
		clock_sleep_ms(wait_ms < NOW_PAUSE_MS ? wait_ms : NOW_PAUSE_MS);
	if (found != LOOKUP_FOUND)
		return found;
	FAULT_POINT("now.won");
	return open_won(opener, bytes, len, id, arena, envelope);
}

/* --- answering ----------------------------------------------------------- */

enum {
	ID_DIGITS = ENVELOPE_ID_TEXT - 1,
	SEALED = NOW_REPLY_PADDED + crypto_secretbox_MACBYTES,
	WIRE = ID_DIGITS + 1 + crypto_secretbox_NONCEBYTES + SEALED,
};

static void
write_wire(const struct envelope *envelope, const void *reply, size_t len,
    unsigned char wire[WIRE])
{
	unsigned char *nonce = wire + ID_DIGITS + 1;
	unsigned char *box = nonce + crypto_secretbox_NONCEBYTES;
	unsigned char plain[NOW_REPLY_PADDED] = {0};

	envelope_id_text(envelope->id, (char *)wire); /* hex is ASCII */
	wire[ID_DIGITS] = '|';
	if (len > 0)
		memcpy(plain, reply, len);
	sodium_pad(NULL, plain, len, NOW_REPLY_PADDED, sizeof(plain));
	randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(
	    box, plain, sizeof(plain), nonce, envelope->reply_key);
	sodium_memzero(plain, sizeof(plain));
}

int
now_reply(struct kv *kv, const struct envelope *envelope, const void *reply,
    size_t len, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply replies[2] = {0};
	char list[KV_KEY], ttl[24];
	unsigned char wire[WIRE];
	int rc;

	if (len >= NOW_REPLY_PADDED)
		return err_set(
		    err, ERR_INTERNAL, "answer of %zu bytes is too long", len);
	write_wire(envelope, reply, len, wire);
	kv_key(kv, list, "re:%s", envelope->reply_to);
	rc = kv_batch(kv,
	    (struct kv_batch_item[]){
		{(struct kv_arg[]){
		     kv_text("RPUSH"), kv_text(list), {wire, WIRE}},
		    3},
		{(struct kv_arg[]){kv_text("EXPIRE"), kv_text(list),
		     kv_number(ttl, NOW_REPLY_TTL_S)},
		    3},
	    },
	    2, true, &arena, replies, err);
	FAULT_POINT("now.replied");
	arena_reset(&arena);
	return rc;
}
