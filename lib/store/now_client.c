#include "lib/store/now.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/store/kv.h"

enum {
	ID_DIGITS = ENVELOPE_ID_TEXT - 1,
	SEAL = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
	WIRE = ID_DIGITS + 1 + SEAL + NOW_REPLY_PADDED,
	POOL_WAIT_MS = 300,
	/* How long the reader sleeps in Redis, and so at most how long
	 * now_client_free() waits for it. */
	POP_MS = 1000,
	READER_TIMEOUT_MS = 2000,
};

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_ANSWERED };

/* One visitor who waits. */
struct slot {
	enum slot_state state;
	char id[ENVELOPE_ID_TEXT];
	unsigned char key[SECRET_KEY];
	unsigned char reply[NOW_REPLY_PADDED];
	size_t len;
	pthread_cond_t answered;
};

struct now_client {
	const struct redis_conf *conf;
	struct kv_pool *pool;
	struct envelope_sealer sealer;
	char process[NOW_PROCESS];
	pthread_t reader;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t emptied;
	struct slot slots[NOW_WAITING_MAX];
	size_t used;
	bool stopping;
};

/* --- the table ----------------------------------------------------------- */

static struct slot *
take_slot(
    struct now_client *client, const struct envelope *envelope, struct err *err)
{
	struct slot *slot = NULL;

	pthread_mutex_lock(&client->lock);
	for (size_t i = 0; i < NOW_WAITING_MAX && !client->stopping; i++) {
		if (client->slots[i].state == SLOT_FREE) {
			slot = &client->slots[i];
			slot->state = SLOT_WAITING;
			envelope_id_text(envelope->id, slot->id);
			memcpy(slot->key, envelope->reply_key, SECRET_KEY);
			client->used++;
			break;
		}
	}
	pthread_mutex_unlock(&client->lock);
	if (slot == NULL)
		err_set(err, ERR_UNAVAILABLE,
		    "worker: too many visitors wait already");
	return slot;
}

static void
give_slot(struct now_client *client, struct slot *slot)
{
	pthread_mutex_lock(&client->lock);
	slot->state = SLOT_FREE;
	slot->len = 0;
	sodium_memzero(slot->id, sizeof(slot->id));
	sodium_memzero(slot->key, sizeof(slot->key));
	sodium_memzero(slot->reply, sizeof(slot->reply));
	if (--client->used == 0)
		pthread_cond_broadcast(&client->emptied);
	pthread_mutex_unlock(&client->lock);
}

static struct slot *
find_slot(struct now_client *client, const char *id)
{
	for (size_t i = 0; i < NOW_WAITING_MAX; i++)
		if (client->slots[i].state == SLOT_WAITING &&
		    memcmp(client->slots[i].id, id, ID_DIGITS) == 0)
			return &client->slots[i];
	return NULL;
}

/* --- the reader ---------------------------------------------------------- */

static void
hand_out(struct now_client *client, const char *wire, size_t len)
{
	const unsigned char *nonce = (const void *)(wire + ID_DIGITS + 1);
	struct slot *slot;

	if (len != WIRE || wire[ID_DIGITS] != '|')
		return;
	pthread_mutex_lock(&client->lock);
	slot = find_slot(client, wire);
	if (slot != NULL &&
	    crypto_secretbox_open_easy(slot->reply,
		nonce + crypto_secretbox_NONCEBYTES,
		NOW_REPLY_PADDED + crypto_secretbox_MACBYTES, nonce,
		slot->key) == 0 &&
	    sodium_unpad(&slot->len, slot->reply, NOW_REPLY_PADDED,
		NOW_REPLY_PADDED) == 0) {
		slot->state = SLOT_ANSWERED;
		pthread_cond_signal(&slot->answered);
	}
	pthread_mutex_unlock(&client->lock);
}

static bool
is_stopping(struct now_client *client)
{
	bool stopping;

	pthread_mutex_lock(&client->lock);
	stopping = client->stopping;
	pthread_mutex_unlock(&client->lock);
	return stopping;
}

/* One line when the connection is lost and one when it is back. */
static void
note_failure(bool failed, bool *down, const struct err *err)
{
	if (failed && !*down)
		log_event(LOG_LEVEL_WARN, "now.reader-lost", "reason",
		    err->text, NULL);
	else if (!failed && *down)
		log_event(LOG_LEVEL_INFO, "now.reader-back", NULL);
	*down = failed;
}

static void *
read_replies(void *argument)
{
	struct now_client *client = argument;
	struct kv *kv = kv_new(client->conf, KV_WEB, READER_TIMEOUT_MS);
	struct arena arena = {0};
	char list[KV_KEY];
	const char *wire;
	enum lookup found;
	struct err err;
	bool down = false;
	size_t len;

	kv_key(kv, list, "re:%s", client->process);
	while (!is_stopping(client)) {
		found = kv_pop(kv, list, POP_MS, &arena, &wire, &len, &err);
		if (found == LOOKUP_FOUND)
			hand_out(client, wire, len);
		note_failure(found == LOOKUP_FAILED, &down, &err);
		if (found == LOOKUP_FAILED)
			clock_sleep_ms(NOW_PAUSE_MS);
		arena_reset(&arena);
	}
	kv_free(kv);
	return NULL;
}

/* --- life ---------------------------------------------------------------- */

static void
init_locks(struct now_client *client)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	for (size_t i = 0; i < NOW_WAITING_MAX; i++)
		pthread_cond_init(&client->slots[i].answered, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&client->emptied, NULL);
	pthread_mutex_init(&client->lock, NULL);
}

static void
destroy(struct now_client *client)
{
	for (size_t i = 0; i < NOW_WAITING_MAX; i++)
		pthread_cond_destroy(&client->slots[i].answered);
	pthread_cond_destroy(&client->emptied);
	pthread_mutex_destroy(&client->lock);
	sodium_memzero(client, sizeof(*client));
	free(client);
}

struct now_client *
now_client_new(const struct redis_conf *conf, struct kv_pool *pool,
    const struct envelope_sealer *sealer)
{
	struct now_client *client = calloc(1, sizeof(*client));
	unsigned char name[(NOW_PROCESS - 1) / 2];

	if (client == NULL)
		err_no_memory();
	client->conf = conf;
	client->pool = pool;
	client->sealer = *sealer;
	randombytes_buf(name, sizeof(name));
	sodium_bin2hex(client->process, NOW_PROCESS, name, sizeof(name));
	init_locks(client);
	if (pthread_create(&client->reader, NULL, read_replies, client) != 0) {
		destroy(client);
		return NULL;
	}
	return client;
}

void
now_client_free(struct now_client *client)
{
	if (client == NULL)
		return;
	pthread_mutex_lock(&client->lock);
	client->stopping = true;
	for (size_t i = 0; i < NOW_WAITING_MAX; i++)
		pthread_cond_signal(&client->slots[i].answered);
	while (client->used > 0)
		pthread_cond_wait(&client->emptied, &client->lock);
	pthread_mutex_unlock(&client->lock);
	pthread_join(client->reader, NULL);
	destroy(client);
}

/* --- asking -------------------------------------------------------------- */

static int
publish(struct now_client *client, const struct buf *sealed,
    struct arena *arena, struct err *err)
{
	struct kv *kv = kv_pool_take(client->pool, POOL_WAIT_MS, err);
	struct kv_reply reply = {0};
	char channel[KV_KEY];
	int rc;

	if (kv == NULL)
		return -1;
	kv_key(kv, channel, "now");
	rc = kv_command(kv,
	    (struct kv_arg[]){kv_text("PUBLISH"), kv_text(channel),
		{sealed->bytes, sealed->len}},
	    3, arena, &reply, err);
	kv_pool_give(client->pool, kv);
	if (rc == 0 && (reply.type != KV_INTEGER || reply.integer == 0))
		rc = err_set(err, ERR_UNAVAILABLE, "no worker is listening");
	return rc;
}

static int
await(struct now_client *client, struct slot *slot, int64_t deadline_ms,
    struct err *err)
{
	const struct timespec until = {.tv_sec = deadline_ms / 1000,
	    .tv_nsec = deadline_ms % 1000 * 1000000};
	int waited = 0;
	bool answered;

	pthread_mutex_lock(&client->lock);
	while (slot->state == SLOT_WAITING && !client->stopping && waited == 0)
		waited = pthread_cond_timedwait(
		    &slot->answered, &client->lock, &until);
	answered = slot->state == SLOT_ANSWERED;
	pthread_mutex_unlock(&client->lock);
	if (!answered)
		return err_set(err, ERR_UNAVAILABLE, "%s",
		    waited == 0 ? "this process is stopping"
				: "no answer of the worker in time");
	return 0;
}

static int
seal_and_publish(struct now_client *client, const struct envelope *envelope,
    struct arena *arena, struct err *err)
{
	struct buf sealed;
	int rc;

	buf_init(&sealed, ENVELOPE_MAX);
	rc = envelope_seal(&client->sealer, envelope, &sealed, err);
	if (rc == 0)
		rc = publish(client, &sealed, arena, err);
	buf_free(&sealed);
	return rc;
}

int
now_ask(struct now_client *client, enum request_kind kind, const void *payload,
    size_t len, struct arena *arena, const void **reply, size_t *reply_len,
    struct err *err)
{
	int64_t deadline_ms = clock_mono_ms() + NOW_WAIT_MS;
	struct envelope envelope = {.kind = kind,
	    .payload = payload,
	    .len = len,
	    .asked_ms = clock_now_ms()};
	struct slot *slot;
	int rc = -1;

	randombytes_buf(envelope.id, sizeof(envelope.id));
	randombytes_buf(envelope.reply_key, sizeof(envelope.reply_key));
	memcpy(envelope.reply_to, client->process, NOW_PROCESS);
	slot = take_slot(client, &envelope, err);
	if (slot != NULL) {
		rc = seal_and_publish(client, &envelope, arena, err);
		FAULT_POINT("now.published");
		if (rc == 0)
			rc = await(client, slot, deadline_ms, err);
		FAULT_POINT("now.heard");
		if (rc == 0) {
			*reply = arena_dup_n(arena, slot->reply, slot->len);
			*reply_len = slot->len;
		}
		give_slot(client, slot);
	}
	sodium_memzero(&envelope, sizeof(envelope));
	return rc;
}
