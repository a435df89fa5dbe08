/*
 * What Redis answers. The first byte says which question is asked; the rest
 * is every byte that comes back, and then the connection ends. A thread plays
 * Redis behind a Unix socket, so that hiredis, our copy of its answer and the
 * readers above it are all reached the way they are in service.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/store/kv.h"
#include "lib/store/limiter.h"
#include "lib/store/lock.h"
#include "lib/store/queue.h"
#include "lib/store/store_conf.h"
#include "lib/store/token.h"

enum { WAIT_MS = 2000, LISTED = 8, ANSWER_MAX = 64 * 1024 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	char uri[128];
	int door;
	pthread_mutex_t lock; /* for what follows */
	uint8_t bytes[ANSWER_MAX];
	size_t len;
} peer = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- who plays Redis ------------------------------------------------------ */

static void
answer(int fd)
{
	pthread_mutex_lock(&peer.lock);
	(void)!write(fd, peer.bytes, peer.len);
	pthread_mutex_unlock(&peer.lock);
}

static void
say_from_now_on(const uint8_t *data, size_t size)
{
	pthread_mutex_lock(&peer.lock);
	peer.len = size < ANSWER_MAX ? size : ANSWER_MAX;
	memcpy(peer.bytes, data, peer.len);
	pthread_mutex_unlock(&peer.lock);
}

static void *
answer_all(void *nothing)
{
	char asked[4096];

	for (;;) {
		int fd = accept(peer.door, NULL, NULL);

		if (fd < 0)
			return nothing;
		if (read(fd, asked, sizeof asked) > 0)
			answer(fd);
		(void)shutdown(fd, SHUT_WR);
		while (read(fd, asked, sizeof asked) > 0)
			;
		close(fd);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *folder = getenv("TMPDIR");
	pthread_t thread;

	(void)argc;
	(void)argv;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s/fuzz-%ld",
	    folder != NULL ? folder : "/tmp", (long)getpid());
	(void)snprintf(
	    peer.uri, sizeof peer.uri, "unix://%s", address.sun_path);
	(void)unlink(address.sun_path);
	peer.door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer.door < 0 ||
	    bind(peer.door, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(peer.door, 8) != 0 ||
	    pthread_create(&thread, NULL, answer_all, NULL) != 0)
		abort();
	return 0;
}

/* --- who asks ------------------------------------------------------------- */

static const struct limit_list limits = {
    .count = 2, .checks = {{.name = "a"}, {.name = "b"}}};
static const unsigned char key[SECRET_KEY] = {1};
static const char id[] = "000102030405060708090a0b0c0d0e0f";

static void
ask_limits(struct kv *kv, struct err *err)
{
	struct limit_verdict verdict;

	if (limiter_count(kv, &limits, false, &verdict, err) == 0 &&
	    verdict.refused &&
	    (verdict.which >= limits.count || verdict.retry_after_s < 1))
		abort();
}

static void
ask_admit(struct kv *kv, struct err *err)
{
	const struct admission admission = {.captcha_key = "c",
	    .limits = &limits,
	    .id = id,
	    .envelope = "e",
	    .len = 1};
	struct limit_verdict verdict;

	if (queue_admit(kv, &admission, &verdict, err) == ADMIT_LIMITED &&
	    (verdict.which >= limits.count || verdict.retry_after_s < 1))
		abort();
}

static void
ask_take(struct kv *kv, struct arena *arena, struct err *err)
{
	struct queue_item item;

	if (queue_take(kv, QUEUE_MAIL, 0, arena, &item, err) == LOOKUP_FOUND &&
	    (memchr(item.id, '\0', sizeof item.id) == NULL ||
		item.envelope == NULL))
		abort();
}

static void
ask_list(struct kv *kv, struct arena *arena, struct err *err)
{
	struct queue_entry *entries;
	size_t count;

	(void)!queue_list(kv, false, LISTED, arena, &entries, &count, err);
}

static void
ask_token(struct kv *kv, struct arena *arena, struct err *err)
{
	const struct token_intent intent = {id, "e", 1, 0};
	struct token_look look;

	if (token_peek(kv, key, "name", arena, &look, err) == 0 &&
	    look.state != TOKEN_DEAD) /* nobody has the key's MAC */
		abort();
	(void)!token_claim(kv, "name", id, &intent, err);
}

static void
ask_channel(struct kv *kv, struct arena *arena, struct err *err)
{
	const char *bytes;
	size_t len;

	if (kv_subscribe(kv, "rentree:now", err) == 0 &&
	    kv_listen(kv, 1, arena, &bytes, &len, err) == LOOKUP_FOUND &&
	    bytes[len] != '\0')
		abort();
}

static void
ask_pop(struct kv *kv, struct arena *arena, struct err *err)
{
	const char *bytes;
	size_t len;

	if (kv_pop(kv, "rentree:re:x", 1, arena, &bytes, &len, err) ==
		LOOKUP_FOUND &&
	    bytes[len] != '\0')
		abort();
}

static void
ask_batch(struct kv *kv, bool atomic, struct arena *arena, struct err *err)
{
	const struct kv_arg ping = kv_text("PING");
	const struct kv_batch_item items[] = {{&ping, 1}, {&ping, 1}};
	struct kv_reply replies[COUNT_OF(items)];

	(void)!kv_batch(
	    kv, items, COUNT_OF(items), atomic, arena, replies, err);
}

static void
ask(unsigned which, struct kv *kv, struct arena *arena, struct err *err)
{
	struct queue_state state;
	struct lock lock;
	int64_t ms;

	switch (which % 12) {
	case 0:
		ask_limits(kv, err);
		break;
	case 1:
		ask_admit(kv, err);
		break;
	case 2:
		ask_take(kv, arena, err);
		break;
	case 3:
		ask_list(kv, arena, err);
		break;
	case 4:
		ask_token(kv, arena, err);
		break;
	case 5:
		ask_channel(kv, arena, err);
		break;
	case 6:
		ask_pop(kv, arena, err);
		break;
	case 7:
		ask_batch(kv, true, arena, err);
		break;
	case 8:
		ask_batch(kv, false, arena, err);
		break;
	case 9:
		(void)!queue_state(kv, &state, err);
		break;
	case 10:
		(void)!kv_time(kv, &ms, err);
		(void)!kv_check_functions(kv, err);
		break;
	case 11:
		if (lock_take(kv, "uuid", 0, &lock, err) == LOOKUP_FOUND)
			lock_give(kv, &lock);
		break;
	}
}

/* hiredis asks calloc for as many elements as are announced, touches none of
 * them, and takes a no for an answer: that is its own matter. */
static bool
announces_much(const uint8_t *data, size_t size)
{
	size_t digits = 0;
	bool counts = false;

	for (size_t i = 0; i < size; i++) {
		if (data[i] == '*') {
			counts = true;
			digits = 0;
		} else if (counts && data[i] >= '0' && data[i] <= '9') {
			if (++digits > 4)
				return true;
		} else {
			counts = false;
		}
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct redis_conf conf = {.uri = peer.uri,
	    .user = "",
	    .password_file = "",
	    .prefix = "rentree",
	    .worker = {"", ""},
	    .cli = {"", ""}};
	struct arena arena = {0};
	struct err err = {0};
	struct kv *kv;

	if (size == 0 || announces_much(data, size))
		return 0;
	say_from_now_on(data + 1, size - 1);
	kv = kv_new(&conf, KV_WORKER, WAIT_MS);
	ask(data[0], kv, &arena, &err);
	kv_free(kv);
	arena_reset(&arena);
	return 0;
}
