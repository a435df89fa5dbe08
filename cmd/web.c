/*
 * rentree-web - shows the pages, checks shape, captcha and limits, seals
 * requests and waits for answers.
 *
 * It has no directory and no SMTP credential, and cannot read back what it
 * queued. SIGTERM: no new connection, answers in flight leave, then it ends.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd/common_args.h"
#include "cmd/common_embedded.h"
#include "cmd/common_keys.h"
#include "cmd/common_service.h"
#include "cmd/common_settings.h"
#include "captcha/captcha_pool.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/flow/asker.h"
#include "lib/flow/establishments.h"
#include "lib/flow/meters.h"
#include "lib/flow/toll.h"
#include "lib/store/kv.h"
#include "lib/store/now.h"
#include "lib/web/gate.h"
#include "lib/web/monitor.h"
#include "lib/web/page.h"
#include "lib/web/pulse.h"
#include "lib/web/routes.h"
#include "lib/web/server.h"
#include "lib/web/theme.h"
#include "mailer/message.h"

#define PROGRAM "rentree-web"

enum {
	WATCH_MS = 5000,
	POOL_SIZE = 16,
	METRICS_CONNECTIONS = 16,
	TRIM_BYTES = 256 * 1024,
	ARENAS = 4,
	REPORT_MAX = 64 * 1024
};

/* Everything the process holds, opened in order and closed in reverse. */
struct house {
	struct settings settings;
	struct secret captcha_key, limiter_key;
	struct envelope_sealer sealer;
	struct catalogue *catalogues[PAGE_LANGUAGES_MAX];
	struct template_set *templates;
	struct theme theme;
	struct establishments *establishments;
	const char *sender;
	struct kv_pool *pool, *pulse_pool;
	struct now_client *now;
	struct toll toll;
	struct captcha_pool *pictures;
	struct gate *drawing;
	struct asker asker, pulse_asker;
	struct pulse *pulse;
	struct pages pages;
	struct meters *meters;
	struct monitor monitor;
	struct server *server, *metrics;
};

static int
open_keys(struct house *house, struct err *err)
{
	const char *dir = house->settings.keys.dir;

	if (keys_read(dir, KEYS_WEB, "captcha.key", &house->captcha_key, err) !=
		0 ||
	    keys_read(dir, KEYS_WEB, "limiter.key", &house->limiter_key, err) !=
		0)
		return -1;
	return keys_read_sealer(dir, &house->sealer, err);
}

static int
open_texts(struct house *house, struct err *err)
{
	const struct site_conf *site = &house->settings.site;
	struct pages *pages = &house->pages;

	for (size_t i = 0; i < site->languages.count && i < PAGE_LANGUAGES_MAX;
	     i++) {
		house->catalogues[i] = catalogue_open(
		    &embedded_files, site->languages.list[i], err);
		if (house->catalogues[i] == NULL)
			return -1;
		pages->catalogues[i] = house->catalogues[i];
	}
	house->templates = template_load(&embedded_files, "lib/web/templates/",
	    ".html", TEMPLATE_HTML, site->templates, pages->catalogues, err);
	return house->templates == NULL ? -1 : 0;
}

/* The list of schools, and the address to look for in a full mailbox. */
static int
open_lists(struct house *house, struct err *err)
{
	struct settings *settings = &house->settings;
	const char *path = settings->site.establishments;
	struct buf report;

	house->sender = message_address(&settings->arena, settings->mail.from);
	if (path[0] == '\0')
		return 0;
	buf_init(&report, REPORT_MAX);
	house->establishments = establishments_open(path, &report, err);
	fputs(buf_text(&report), stderr);
	buf_free(&report);
	return house->establishments == NULL ? -1 : 0;
}

/* Pictures and sounds get half of the cores, and a quarter of the connections
 * may wait for them; one address, a quarter of that. */
static void
open_captcha(struct house *house)
{
	const struct settings *s = &house->settings;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long places = s->web.connections / 4;
	struct gate_size size;

	if (places > GATE_PLACES_MAX)
		places = GATE_PLACES_MAX;
	size = (struct gate_size){.inside = cores > 3 ? (unsigned)cores / 2 : 1,
	    .places = (unsigned)places,
	    .a_guest = places > 4 ? (unsigned)places / 4 : 1};
	house->drawing = gate_new(&size);
	if (s->captcha.mode == CAPTCHA_POW_OR_CODE ||
	    s->captcha.mode == CAPTCHA_CODE)
		house->pictures = captcha_pool_new(house->captcha_key.bytes);
}

static int
open_back_ends(struct house *house, struct err *err)
{
	const struct settings *s = &house->settings;
	struct meter redis;

	house->meters = meters_new(METERS_WEB, &s->site.languages);
	redis = meters_backend(house->meters, ERROR_REDIS);
	house->pool =
	    kv_pool_new(&s->redis, KV_WEB, POOL_SIZE, ASKER_KV_TIMEOUT_MS);
	kv_pool_observe(house->pool, &redis);
	house->now = now_client_new(&s->redis, house->pool, &house->sealer);
	if (house->now == NULL)
		return err_set(err, ERR_INTERNAL, "cannot start a thread");
	open_captcha(house);
	house->asker = (struct asker){.limits = &s->limits,
	    .captcha = &s->captcha,
	    .captcha_key = house->captcha_key.bytes,
	    .limiter_key = house->limiter_key.bytes,
	    .sealer = &house->sealer,
	    .pool = house->pool,
	    .now = house->now,
	    .toll = &house->toll,
	    .pictures = house->pictures,
	    .meters = house->meters};
	/* A connection of its own: a busy pool is no reason to close. */
	house->pulse_pool =
	    kv_pool_new(&s->redis, KV_WEB, 1, ASKER_KV_TIMEOUT_MS);
	house->pulse_asker = house->asker;
	house->pulse_asker.pool = house->pulse_pool;
	house->pulse = pulse_new(&house->pulse_asker);
	return 0;
}

static void
answer(void *context, struct request *request, struct reply *reply)
{
	routes_handle(context, request, reply);
}

static bool
is_secure(const struct house *house)
{
	return strncmp(house->settings.site.public_url, "https:", 6) == 0;
}

static int
open_doors(struct house *house, struct err *err)
{
	const struct web_conf *web = &house->settings.web;
	struct server_input input = {.listen = web->listen,
	    .connections = (unsigned)web->connections,
	    .trusted = &web->trusted_proxies,
	    .is_secure = is_secure(house),
	    .handler = answer,
	    .context = &house->pages,
	    .metrics = meters_of(house->meters)};

	if (service_socket("web", &input.inherited, err) != 0)
		return -1;
	house->server = server_start(&input, err);
	if (house->server == NULL)
		return -1;
	if (web->metrics_listen[0] == '\0')
		return 0;
	house->monitor = (struct monitor){.meters = house->meters,
	    .parts = pulse_parts(house->pulse),
	    .visitors = house->server};
	input.listen = web->metrics_listen;
	input.inherited = 0;
	input.connections = METRICS_CONNECTIONS;
	input.handler = monitor_handle;
	input.context = &house->monitor;
	input.metrics = NULL;
	house->metrics = server_start(&input, err);
	return house->metrics == NULL ? -1 : 0;
}

static int
open_house(struct house *house, bool only_check, struct err *err)
{
	struct pages *pages = &house->pages;

	if (open_keys(house, err) != 0 || open_texts(house, err) != 0 ||
	    open_lists(house, err) != 0)
		return -1;
	if (theme_open(&house->theme, &house->settings.site, err) != 0)
		return -1;
	if (only_check)
		return 0;
	if (open_back_ends(house, err) != 0)
		return -1;
	pages->site = &house->settings.site;
	pages->password = &house->settings.password;
	pages->asker = &house->asker;
	pages->pulse = house->pulse;
	pages->drawing = house->drawing;
	pages->templates = house->templates;
	pages->files = &embedded_files;
	pages->theme = &house->theme;
	pages->sender = house->sender;
	pages->audit_days = house->settings.audit.retention_s / 86400;
	pages->establishments = house->establishments;
	pages->desk = &house->settings.desk;
	page_set_version(pages);
	/* Plain http is accepted on loopback only. */
	pages->is_loopback = !is_secure(house);
	return open_doors(house, err);
}

static void
close_house(struct house *house)
{
	/* First: /metrics asks the other how many connections it has. */
	server_stop(house->metrics);
	server_stop(house->server);
	pulse_free(house->pulse);
	gate_free(house->drawing);
	captcha_pool_free(house->pictures);
	now_client_free(house->now);
	kv_pool_free(house->pulse_pool);
	kv_pool_free(house->pool);
	theme_close(&house->theme);
	establishments_free(house->establishments);
	template_free(house->templates);
	for (size_t i = 0; i < PAGE_LANGUAGES_MAX; i++)
		catalogue_free(house->catalogues[i]);
	secret_free(&house->limiter_key);
	secret_free(&house->captcha_key);
	meters_free(house->meters);
	settings_free(&house->settings);
	sodium_memzero(house, sizeof *house);
}

/* Until we are asked to leave. */
static void
watch_over(const struct pulse *pulse)
{
	long watch_ms = service_watch_ms(WATCH_MS);

	service_ready();
	do
		service_beat(
		    pulse_is_beating(pulse), "the look at Redis hangs");
	while (!daemon_wait(watch_ms));
	service_stopping();
}

int
main(int argc, char **argv)
{
	struct house house = {0};
	struct daemon_args args;
	struct err err = {0};
	int code;

	code = daemon_args_read(argc, argv, PROGRAM,
	    "Shows the pages of Rentrée and queues what people ask.", &args);
	if (code >= 0)
		return code;
	/* A page takes and frees some 30 kB. glibc would give that back to
	 * the kernel page by page (128 kB is its threshold), and fetch it
	 * again for the next one; and with a heap for each of many threads
	 * (eight a core) much lies about unused. */
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
	(void)mallopt(M_ARENA_MAX, ARENAS);
	code = daemon_prepare(PROGRAM);
	if (code == 0)
		code = settings_load(&house.settings, args.config);
	if (code != 0)
		return code;
	if (open_house(&house, args.only_check, &err) != 0) {
		fprintf(stderr, "%s: %s\n", PROGRAM, err.text);
		code = err_exit_code(err.kind);
	} else if (!args.only_check) {
		log_event(LOG_LEVEL_INFO, "started", "version", RENTREE_VERSION,
		    "listen", house.settings.web.listen, NULL);
		watch_over(house.pulse);
		log_event(LOG_LEVEL_INFO, "stopping", NULL);
	}
	close_house(&house);
	return code;
}
