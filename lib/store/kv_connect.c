#include "lib/store/kv_internal.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/dial.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/store/kv_uri.h"
#include "lib/store/store_conf.h"

/* A visitor waits for the web process, so it gives up sooner. */
enum { WEB_CONNECT_MS = 500 };

static struct timeval
to_timeval(long ms)
{
	return (struct timeval){
	    .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static long
connect_ms(const struct kv *kv)
{
	int64_t left_ms = kv->until_ms - clock_mono_ms();

	if (left_ms < 0)
		return 0;
	if (kv->role == KV_WEB && left_ms > WEB_CONNECT_MS)
		return WEB_CONNECT_MS;
	return (long)left_ms;
}

void
kv_drop(struct kv *kv)
{
	if (kv->link != NULL)
		redisFree(kv->link);
	kv->link = NULL;
	kv->listening = false;
}

static int
dial_place(struct kv *kv, const struct kv_uri *uri, const struct kv_host *host,
    struct err *err)
{
	char port[16];

	if (uri->place == KV_UNIX)
		return dial_unix(uri->path, connect_ms(kv), err);
	(void)!text_format(port, sizeof port, "%d", host->port);
	return dial_tcp(kv->resolve, host->name, port, connect_ms(kv), err);
}

/* hiredis gets the connection when it stands: its own way there looks names
 * up for as long as resolv.conf says. */
static int
dial(struct kv *kv, const struct kv_uri *uri, const struct kv_host *host,
    struct err *err)
{
	int fd = dial_place(kv, uri, host, err);

	if (fd < 0)
		return -1;
	kv->link = redisConnectFd(fd);
	if (kv->link == NULL)
		err_no_memory();
	if (redisSetTimeout(kv->link, to_timeval(kv->timeout_ms)) == REDIS_OK)
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE, "no connection to Redis: %s",
	    kv->link->errstr);
	kv_drop(kv);
	return -1;
}

/* --- logging in ---------------------------------------------------------- */

static const char *
or_else(const char *text, const char *fallback)
{
	return text != NULL && *text != '\0' ? text : fallback;
}

static struct redis_login
login_of(const struct kv *kv)
{
	const struct redis_conf *conf = kv->conf;
	struct redis_login login = {conf->user, conf->password_file};
	const struct redis_login *own = NULL;

	if (kv->role == KV_WORKER)
		own = &conf->worker;
	else if (kv->role == KV_CLI)
		own = &conf->cli;
	if (own != NULL) {
		login.user = or_else(own->user, login.user);
		login.password_file =
		    or_else(own->password_file, login.password_file);
	}
	return login;
}

static int
say(struct kv *kv, const struct kv_arg *args, size_t count, struct err *err)
{
	const struct kv_batch_item item = {args, count};

	return kv_exchange(kv, &item, 1, NULL, NULL, err);
}

/* Read anew for every connection, so that a changed password is picked up. */
static int
log_in(struct kv *kv, struct err *err)
{
	struct redis_login login = login_of(kv);
	struct kv_arg words[3] = {kv_text("AUTH")};
	struct secret password;
	size_t count = 1;
	int rc;

	if (*or_else(login.password_file, "") == '\0')
		return 0;
	if (secret_read_password(login.password_file, &password, err) < 0)
		return -1;
	if (*or_else(login.user, "") != '\0')
		words[count++] = kv_text(login.user);
	words[count++] = (struct kv_arg){password.bytes, password.len};
	rc = say(kv, words, count, err);
	secret_free(&password);
	return rc;
}

static int
select_db(struct kv *kv, int db, struct err *err)
{
	char number[24];

	/* A login with the fewest rights may not SELECT; 0 needs none. */
	if (db == 0)
		return 0;
	return say(kv,
	    (struct kv_arg[]){kv_text("SELECT"), kv_number(number, db)}, 2,
	    err);
}

static int
open_link(struct kv *kv, const struct kv_uri *uri, const struct kv_host *host,
    struct err *err)
{
	if (dial(kv, uri, host, err) == 0 && log_in(kv, err) == 0 &&
	    select_db(kv, uri->db, err) == 0)
		return 0;
	kv_drop(kv);
	return -1;
}

/* --- sentinels ----------------------------------------------------------- */

static int
ask_link(struct kv *kv, const struct kv_arg *args, size_t count,
    struct arena *arena, struct kv_reply *reply, struct err *err)
{
	const struct kv_batch_item item = {args, count};

	return kv_exchange(kv, &item, 1, arena, reply, err);
}

static int
read_master(
    const struct kv_reply *reply, struct kv_host *master, struct err *err)
{
	long port;

	if (reply->type != KV_LIST || reply->count != 2 ||
	    reply->items[0].type != KV_BYTES ||
	    reply->items[1].type != KV_BYTES ||
	    !text_format(master->name, sizeof(master->name), "%s",
		reply->items[0].bytes) ||
	    !text_to_long(reply->items[1].bytes, 1, 65535, &port))
		return err_set(err, ERR_UNAVAILABLE,
		    "the sentinel does not know this master");
	master->port = (int)port; /* in range */
	return 0;
}

/* Sentinels are asked without a login: they have none by default. */
static int
ask_sentinel(struct kv *kv, const struct kv_uri *uri,
    const struct kv_host *sentinel, struct kv_host *master, struct err *err)
{
	struct arena arena = {0};
	struct kv_reply reply;
	int rc;

	rc = dial(kv, uri, sentinel, err);
	if (rc == 0)
		rc = ask_link(kv,
		    (struct kv_arg[]){kv_text("SENTINEL"),
			kv_text("get-master-addr-by-name"),
			kv_text(uri->master)},
		    3, &arena, &reply, err);
	if (rc == 0)
		rc = read_master(&reply, master, err);
	kv_drop(kv);
	arena_reset(&arena);
	return rc;
}

/* A sentinel may be late to learn of a failover: the server itself says. */
static int
check_role(struct kv *kv, struct err *err)
{
	const struct kv_arg role = kv_text("ROLE");
	struct arena arena = {0};
	struct kv_reply reply;
	int rc;

	rc = ask_link(kv, &role, 1, &arena, &reply, err);
	if (rc == 0 && (reply.type != KV_LIST || reply.count == 0 ||
			   reply.items[0].type != KV_BYTES ||
			   strcmp(reply.items[0].bytes, "master") != 0))
		rc = err_set(err, ERR_UNAVAILABLE, "it is not the master");
	arena_reset(&arena);
	return rc;
}

static int
open_master(struct kv *kv, const struct kv_uri *uri, struct err *err)
{
	const int64_t until_ms = kv->until_ms;
	struct kv_host master;
	int64_t now_ms;
	int asked;

	/* Each sentinel has its share of the time, and so has the master. */
	for (size_t i = 0; i < uri->count; i++) {
		now_ms = clock_mono_ms();
		kv->until_ms = now_ms + (until_ms - now_ms) /
					    ((int64_t)(uri->count - i) + 1);
		asked = ask_sentinel(kv, uri, &uri->hosts[i], &master, err);
		kv->until_ms = until_ms;
		if (asked < 0)
			continue;
		if (open_link(kv, uri, &master, err) == 0 &&
		    check_role(kv, err) == 0)
			return 0;
		kv_drop(kv);
		if (err->kind == ERR_CONFIG)
			break;
	}
	return err_in(err, "sentinel, master %s", uri->master);
}

/* --- connecting ---------------------------------------------------------- */

static int
open_uri(struct kv *kv, struct err *err)
{
	struct kv_uri uri;

	if (kv_uri_parse(kv->conf->uri, &uri, err) < 0)
		return err_in(err, "[redis] uri");
	if (uri.place == KV_SENTINEL)
		return open_master(kv, &uri, err);
	return open_link(kv, &uri, &uri.hosts[0], err);
}

/* Nothing is on its way to an idle connection but its end. */
static bool
has_ended(const struct kv *kv)
{
	struct pollfd ear = {.fd = kv->link->fd, .events = POLLIN};

	return !kv->listening && poll(&ear, 1, 0) != 0;
}

int
kv_connect(struct kv *kv, struct err *err)
{
	kv->until_ms = clock_mono_ms() + kv->timeout_ms;
	if (kv->link != NULL && has_ended(kv))
		kv_drop(kv);
	if (kv->link != NULL)
		return 0;
	if (clock_mono_ms() < atomic_load(&kv->breaker->until_ms))
		return err_set(
		    err, ERR_UNAVAILABLE, "Redis was not there a moment ago");
	if (open_uri(kv, err) == 0)
		return 0;
	atomic_store(&kv->breaker->until_ms, clock_mono_ms() + KV_BREAK_MS);
	return -1;
}
