/*
 * The pages as a visitor meets them, with the real templates and catalogues
 * and a private Redis: which answer a path gives, what it shows of what was
 * typed, and that nothing typed comes out as markup.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/catalogue.h"
#include "lib/base/clock.h"
#include "lib/base/embed.h"
#include "lib/base/json.h"
#include "lib/base/template.h"
#include "lib/people/password.h"
#include "lib/people/people_conf.h"
#include "lib/web/gate.h"
#include "lib/web/page.h"
#include "lib/web/pulse.h"
#include "lib/web/request.h"
#include "lib/web/routes.h"
#include "lib/web/tab.h"
#include "lib/web/theme.h"
#include "tests/unit/lib/flow/desk.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NUMEN "09E9501234ABC"
#define GOOD "numen=" NUMEN "&naissance=01%2F09%2F1975"

extern const struct embed_list embedded_files;

static struct desk desk;
static struct catalogue *catalogues[2];
static struct template_set *templates;
static struct pages pages;
static struct site_conf site = {.name = "Académie <de> Lille",
    .public_url = "https://comptes.ac-test.fr",
    .support_mail = "aide@ac-test.fr",
    .support_phone = "03 20 00 00 00",
    .webmail_url = "https://mail.ac-test.fr/",
    .banner = ""};
static struct password_conf password = {.min_length = 12};

static const struct theme theme = {.style = ""};

/* The request in hand, and its answer. */
static struct request request;
static struct reply reply;

static int
set_up(void **state)
{
	(void)state;
	desk_start(&desk);
	catalogues[0] = catalogue_open(&embedded_files, "fr", &desk.err);
	catalogues[1] = catalogue_open(&embedded_files, "en", &desk.err);
	pages = (struct pages){.site = &site,
	    .password = &password,
	    .asker = &desk.asker,
	    .catalogues = {catalogues[0], catalogues[1], NULL},
	    .theme = &theme,
	    .files = &embedded_files};
	templates = template_load(&embedded_files, "lib/web/templates/",
	    ".html", TEMPLATE_HTML, "", pages.catalogues, &desk.err);
	if (templates == NULL) {
		print_error("%s\n", desk.err.text);
		return -1;
	}
	pages.templates = templates;
	page_set_version(&pages);
	pages.pulse = pulse_new(&desk.asker);
	pages.drawing = gate_new(&(struct gate_size){1, 4, 2});
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pulse_free(pages.pulse);
	gate_free(pages.drawing);
	template_free(templates);
	catalogue_free(catalogues[0]);
	catalogue_free(catalogues[1]);
	desk_stop(&desk);
	return 0;
}

static void
forget(void)
{
	buf_free(&reply.body);
	arena_reset(&request.arena);
	request = (struct request){0};
	reply = (struct reply){0};
}

static int
fresh(void **state)
{
	static const struct conf_rates many = {{{1000, 60}}, 1};

	(void)state;
	forget();
	desk_clear(&desk);
	desk.captcha.mode = CAPTCHA_OFF;
	desk.limits.per_address = many;
	pages.is_loopback = false;
	return 0;
}

/* Asks; headers of request that a test set before stay. */
static const char *
ask(enum method method, const char *path, const char *query, const char *body)
{
	struct request before = request;

	buf_free(&reply.body);
	reply = (struct reply){0};
	buf_init(&reply.body, REPLY_BODY_MAX);
	request.method = method;
	request.path = path;
	request.visitor = desk.visitor;
	assert_int_equal(
	    form_parse(query, strlen(query), &request.arena, &request.query),
	    0);
	assert_int_equal(
	    form_parse(body, strlen(body), &request.arena, &request.body), 0);
	routes_handle(&pages, &request, &reply);
	request.cookie = before.cookie;
	return buf_text(&reply.body);
}

static const char *
get(const char *path)
{
	return ask(METHOD_GET, path, "", "");
}

static const char *
reply_value(const char *name)
{
	for (size_t i = 0; i < reply.header_count; i++)
		if (strcmp(reply.headers[i].name, name) == 0)
			return reply.headers[i].value;
	return "";
}

static void
test_statuses(void **unused)
{
	static const struct {
		enum method method;
		const char *path;
		unsigned status;
		const char *location;
	} cases[] = {
	    {METHOD_GET, "/", 200, ""},
	    {METHOD_GET, "/mot-de-passe-oublie", 200, ""},
	    {METHOD_GET, "/demande-enregistree", 200, ""},
	    {METHOD_GET, "/mot-de-passe-change", 200, ""},
	    {METHOD_GET, "/healthz", 200, ""},
	    {METHOD_GET, "/readyz", 200, ""},
	    {METHOD_GET, "/static/style.css", 200, ""},
	    {METHOD_GET, "/r/" TOKEN, 303, "/nouveau-mot-de-passe"},
	    {METHOD_GET, "/r/", 303, "/nouveau-mot-de-passe"},
	    {METHOD_GET, "/r/../../etc/passwd", 303, "/nouveau-mot-de-passe"},
	    {METHOD_GET, "/nouveau-mot-de-passe", 303, "/mot-de-passe-oublie"},
	    {METHOD_POST, "/nouveau-mot-de-passe", 303, "/mot-de-passe-oublie"},
	    {METHOD_GET, "/.well-known/change-password", 303,
		"/changer-mot-de-passe"},
	    {METHOD_GET, "/.well-known/security.txt", 200, ""},
	    {METHOD_GET,
		"/.well-known/resource-that-should-not-exist-whose-status-"
		"code-should-not-be-200",
		404, ""},
	    {METHOD_GET, "", 404, ""},
	    {METHOD_GET, "/nothing", 404, ""},
	    {METHOD_GET, "/mot-de-passe-oublie/", 404, ""},
	    {METHOD_GET, "/static/", 404, ""},
	    {METHOD_GET, "/static/../templates/head.html", 404, ""},
	    {METHOD_GET, "/captcha/x.png", 404, ""},
	    {METHOD_GET, "/captcha/.wav", 404, ""},
	    {METHOD_GET, "/captcha/png", 404, ""},
	    {METHOD_POST, "/", 405, ""},
	    {METHOD_POST, "/r/" TOKEN, 405, ""},
	    {METHOD_OTHER, "/mot-de-passe-oublie", 405, ""},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)ask(cases[i].method, cases[i].path, "", "");
		if (reply.status != cases[i].status ||
		    strcmp(reply_value("Location"), cases[i].location) != 0)
			fail_msg("%s: %u %s", cases[i].path, reply.status,
			    reply_value("Location"));
		assert_non_null(reply.content_type);
		forget();
	}
}

static void
test_allow(void **unused)
{
	(void)unused;
	(void)ask(METHOD_OTHER, "/mot-de-passe-oublie", "", "");
	assert_string_equal(reply_value("Allow"), "GET, HEAD, POST");
	forget();
	(void)ask(METHOD_POST, "/", "", "");
	assert_string_equal(reply_value("Allow"), "GET, HEAD");
}

/* As design.md section 7: what is present must match. */
static void
test_other_sites(void **unused)
{
	static const struct {
		const char *origin, *site;
		bool good;
	} cases[] = {
	    {NULL, NULL, true},
	    {"https://comptes.ac-test.fr", NULL, true},
	    {"https://COMPTES.ac-test.fr", NULL, true},
	    {"https://comptes.ac-test.fr", "same-origin", true},
	    {NULL, "same-origin", true},
	    {NULL, "none", true},
	    {"null", "same-origin", true},
	    {"null", NULL, true},
	    {"https://evil.test", NULL, false},
	    {"https://comptes.ac-test.fr.evil.test", NULL, false},
	    {"http://comptes.ac-test.fr", NULL, false},
	    {"https://comptes.ac-test.fr:8443", NULL, false},
	    {"", NULL, false},
	    {"https://comptes.ac-test.fr", "cross-site", false},
	    {"https://comptes.ac-test.fr", "same-site", false},
	    {"null", "cross-site", false},
	    {NULL, "", false},
	    {NULL, "Same-Origin", false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		request.origin = cases[i].origin;
		request.sec_fetch_site = cases[i].site;
		(void)ask(METHOD_POST, "/mot-de-passe-oublie", "", GOOD);
		if (reply.status != (cases[i].good ? 303 : 403))
			fail_msg("case %zu: %u", i, reply.status);
		forget();
	}
	/* a link from elsewhere is how people come */
	request.sec_fetch_site = "cross-site";
	(void)get("/r/" TOKEN);
	assert_int_equal(reply.status, 303);
}

static void
test_recover(void **unused)
{
	struct envelope envelope;

	(void)unused;
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "", GOOD);
	assert_int_equal(reply.status, 303);
	assert_string_equal(
	    reply_value("Location"), "/demande-enregistree?ref=7K3QWBXX");
	assert_true(desk_take(&desk, &envelope));
	forget();
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "lang=en", GOOD);
	assert_string_equal(reply_value("Location"),
	    "/demande-enregistree?ref=7K3QWBXX&lang=en");
	forget();
}

/* What was typed is there again, and is text. */
static void
test_typed_is_kept(void **unused)
{
	const char *page = ask(METHOD_POST, "/mot-de-passe-oublie", "",
	    "numen=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
	    "&naissance=%27%26x%FF%0A");

	(void)unused;
	assert_int_equal(reply.status, 422);
	assert_null(strstr(page, "<script>alert"));
	assert_non_null(strstr(
	    page, "value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
	assert_non_null(strstr(page, "&#39;&amp;x\xef\xbf\xbd\""));
	assert_non_null(strstr(page, "aria-invalid=\"true\""));
	assert_non_null(strstr(page, "Académie &lt;de&gt; Lille"));
	forget();
	/* one field right: no error beside it */
	page = ask(METHOD_POST, "/mot-de-passe-oublie", "",
	    "numen=" NUMEN "&naissance=31%2F02%2F1975");
	assert_int_equal(reply.status, 422);
	assert_non_null(strstr(page, "value=\"" NUMEN "\""));
	assert_non_null(strstr(page, "value=\"31/02/1975\""));
	assert_null(strstr(page, "numen-error"));
	assert_non_null(strstr(page, "naissance-error"));
}

static void
test_captcha(void **unused)
{
	const char *page, *id;
	char path[256];

	(void)unused;
	desk.captcha.mode = CAPTCHA_POW_OR_CODE;
	page = get("/mot-de-passe-oublie");
	id = strstr(page, "name=\"captcha_id\" value=\"");
	assert_non_null(id);
	id += strlen("name=\"captcha_id\" value=\"");
	(void)snprintf(
	    path, sizeof path, "/captcha/%.*s.png", (int)strcspn(id, "\""), id);
	forget();
	(void)get(path);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.content_type, "image/png");
	assert_memory_equal(reply.body.bytes, "\x89PNG", 4);
	memcpy(path + strlen(path) - 3, "wav", 3);
	forget();
	(void)get(path);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.content_type, "audio/wav");
	assert_memory_equal(reply.body.bytes, "RIFF", 4);
	forget();
	page = ask(METHOD_POST, "/mot-de-passe-oublie", "",
	    GOOD "&captcha_id=x&captcha_code=123456");
	assert_int_equal(reply.status, 422);
	assert_non_null(strstr(page, "captcha_code-error"));
	assert_non_null(strstr(page, "value=\"" NUMEN "\""));
	forget();
	/* "a new code" is no attempt */
	page = ask(
	    METHOD_POST, "/mot-de-passe-oublie", "", GOOD "&nouveau_code=1");
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(page, "value=\"" NUMEN "\""));
	assert_null(strstr(page, "has-error"));
}

static void
test_limited(void **unused)
{
	(void)unused;
	desk.limits.per_address = (struct conf_rates){{{1, 600}}, 1};
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "", GOOD);
	assert_int_equal(reply.status, 303);
	forget();
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "", GOOD);
	assert_int_equal(reply.status, 429);
	assert_in_range(strtol(reply_value("Retry-After"), NULL, 10), 1, 600);
}

static void
test_link_cookie(void **unused)
{
	(void)unused;
	(void)get("/r/" TOKEN);
	assert_string_equal(reply_value("Set-Cookie"),
	    "__Host-rentree_lien=" TOKEN
	    "; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure");
	forget();
	/* what is no token never stands in a header */
	(void)get("/r/x; Domain=evil.test\r\nX: y");
	assert_string_equal(reply_value("Set-Cookie"),
	    "__Host-rentree_lien=x; Path=/; Max-Age=1800; HttpOnly; "
	    "SameSite=Lax; Secure");
	forget();
	pages.is_loopback = true;
	(void)get("/r/" TOKEN);
	assert_string_equal(reply_value("Set-Cookie"),
	    "rentree_lien=" TOKEN
	    "; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax");
}

static void
test_redeem(void **unused)
{
	const char *page;

	(void)unused;
	/* no token at all: dead, and the cookie goes */
	request.cookie = "__Host-rentree_lien=x";
	page = get("/nouveau-mot-de-passe");
	assert_int_equal(reply.status, 410);
	assert_non_null(strstr(page, "href=\"/mot-de-passe-oublie\""));
	assert_non_null(strstr(reply_value("Set-Cookie"), "=; "));
	assert_non_null(strstr(reply_value("Set-Cookie"), "Max-Age=0"));
	forget();
	/* the other kind of site's cookie is not read */
	request.cookie = "rentree_lien=" TOKEN;
	(void)get("/nouveau-mot-de-passe");
	assert_int_equal(reply.status, 303);
	forget();
	/* no worker listens */
	request.cookie = "__Host-rentree_lien=" TOKEN;
	(void)get("/nouveau-mot-de-passe");
	assert_int_equal(reply.status, 503);
	assert_string_equal(reply_value("Retry-After"), "60");
	forget();
	/* faults of the fields need none, and no password comes back */
	request.cookie = "__Host-rentree_lien=" TOKEN;
	page = ask(METHOD_POST, "/nouveau-mot-de-passe", "",
	    "motdepasse=Bateau-Cerise&confirmation=Bateau-Cerisf");
	assert_int_equal(reply.status, 422);
	assert_null(strstr(page, "Bateau"));
	assert_non_null(strstr(page, "confirmation-error"));
	forget();
	request.cookie = "__Host-rentree_lien=" TOKEN;
	page = ask(METHOD_POST, "/nouveau-mot-de-passe", "",
	    "motdepasse=%FF%FE&confirmation=%FF%FE");
	assert_int_equal(reply.status, 422);
	assert_non_null(strstr(page, "motdepasse-error"));
}

static void
test_languages(void **unused)
{
	const char *page;

	(void)unused;
	page = ask(METHOD_GET, "/", "lang=en", "");
	assert_non_null(strstr(page, "<html lang=\"en\">"));
	assert_non_null(strstr(page, "href=\"/?lang=fr\""));
	assert_non_null(strstr(page, "\"/mot-de-passe-oublie?lang=en\""));
	forget();
	page = ask(METHOD_GET, "/", "lang=de", "");
	assert_non_null(strstr(page, "<html lang=\"fr\">"));
	assert_non_null(strstr(page, "\"/mot-de-passe-oublie\""));
	forget();
	page = ask(METHOD_GET, "/", "lang=%22%3E%3Cx%3E", "");
	assert_null(strstr(page, "<x>"));
}

/* ?lang= wins; links carry it where the browser would not ask for it. */
static void
test_browser_language(void **unused)
{
	static const struct {
		const char *header, *query, *lang, *link;
	} rows[] = {
	    {NULL, "", "fr", "\"/aide\""},
	    {"en-GB,en;q=0.9,fr;q=0.1", "", "en", "\"/aide\""},
	    {"en", "lang=fr", "fr", "\"/aide?lang=fr\""},
	    {"en", "lang=en", "en", "\"/aide\""},
	    {"fr", "lang=en", "en", "\"/aide?lang=en\""},
	    {"de", "", "fr", "\"/aide\""},
	    {"de, en;q=0.1", "", "en", "\"/aide\""},
	    {"*", "", "fr", "\"/aide\""},
	    {"fr;q=0, *;q=0.1", "", "en", "\"/aide\""},
	    {"\xff\xfe;q=,", "", "fr", "\"/aide\""},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *page;
		char html[32];

		request.accept_language = rows[i].header;
		page = ask(METHOD_GET, "/", rows[i].query, "");
		(void)snprintf(
		    html, sizeof html, "<html lang=\"%s\">", rows[i].lang);
		if (strstr(page, html) == NULL ||
		    strstr(page, rows[i].link) == NULL ||
		    strcmp(reply_value("Content-Language"), rows[i].lang) != 0)
			fail_msg("row %zu", i);
		forget();
	}
}

/* No address of a visitor's making becomes a link of ours. */
static void
test_no_link_elsewhere(void **unused)
{
	static const char *const paths[] = {"//evil.test/", "/\\evil.test/",
	    "/\"><script>", "/a?b", "/%2f", "/\xff", "javascript:alert(1)",
	    "/\r\nX: y"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		const char *page = get(paths[i]);

		assert_int_equal(reply.status, 404);
		if (strstr(page, "href=\"/?lang=en\"") == NULL)
			fail_msg("%s", paths[i]);
		assert_null(strstr(page, "evil"));
		forget();
	}
}

static void
test_json(void **unused)
{
	struct json *problem;

	(void)unused;
	request.accept = "application/json";
	(void)get("/nothing");
	assert_int_equal(reply.status, 404);
	assert_string_equal(
	    reply.content_type, "application/problem+json; charset=utf-8");
	problem = json_parse(reply.body.bytes, reply.body.len, &desk.err);
	assert_non_null(problem);
	assert_string_equal(json_get_text(problem, "type"), "about:blank");
	assert_int_equal(json_get_number(problem, "status", 0), 404);
	assert_non_null(json_get_text(problem, "title"));
	assert_non_null(json_get_text(problem, "detail"));
	assert_string_equal(
	    json_get_text(problem, "instance"), "urn:rentree:ref:7K3QWBXX");
	json_free(problem);
}

/* A form that comes back, as a program reads it; a browser gets the form. */
static void
test_json_faults(void **unused)
{
	const struct json *errors;
	struct json *problem;

	(void)unused;
	request.accept = "text/html;q=0.9, application/problem+json";
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "",
	    "numen=&naissance=31%2F02%2F1975");
	assert_int_equal(reply.status, 422);
	assert_string_equal(
	    reply.content_type, "application/problem+json; charset=utf-8");
	problem = json_parse(reply.body.bytes, reply.body.len, &desk.err);
	assert_non_null(problem);
	assert_int_equal(json_get_number(problem, "status", 0), 422);
	errors = json_get(problem, "errors");
	assert_int_equal(json_size(errors), 2);
	assert_string_equal(
	    json_get_text(json_at(errors, 0), "field"), "numen");
	assert_string_equal(
	    json_get_text(json_at(errors, 1), "field"), "naissance");
	assert_non_null(json_get_text(json_at(errors, 1), "detail"));
	json_free(problem);
	forget();
	request.accept = "text/html,*/*;q=0.8";
	(void)ask(METHOD_POST, "/mot-de-passe-oublie", "", "");
	assert_string_equal(reply.content_type, "text/html; charset=utf-8");
}

/* Both faults stand beside the field, are listed, and are counted. */
static void
test_two_faults_of_one_field(void **unused)
{
	struct values *values;
	const char *page, *beside, *end;

	(void)unused;
	(void)get("/");
	buf_clear(&reply.body);
	values = page_values(&pages, &request);
	page_password_errors(&pages, &request, values, "motdepasse",
	    PASSWORD_SHORT | PASSWORD_COMMON, -1);
	page_show(
	    &pages, &request, &reply, 422, "change", "change.title", values);
	page = buf_text(&reply.body);
	assert_non_null(strstr(page, "<title>2 erreurs – Changer"));
	assert_non_null(strstr(page, "Il y a 2 erreurs"));
	beside = strstr(page, "id=\"motdepasse-error\"");
	assert_non_null(beside);
	end = strstr(beside, "</p>");
	assert_true(strstr(beside, "trop court") < end);
	assert_true(strstr(beside, "plus courants") < end);
}

/* The body could not be read: a page like every other. */
static void
test_unread(void **unused)
{
	(void)unused;
	request.fault = REQUEST_TOO_LARGE;
	assert_non_null(strstr(
	    ask(METHOD_POST, "/mot-de-passe-oublie", "", ""), "7K3QWBXX"));
	assert_int_equal(reply.status, 413);
	forget();
	request.fault = REQUEST_UNREADABLE;
	request.accept = "application/json";
	(void)ask(METHOD_POST, "/nothing", "", "");
	assert_int_equal(reply.status, 400);
	assert_string_equal(
	    reply.content_type, "application/problem+json; charset=utf-8");
}

/* Links of two accounts, open in two tabs: the first form is not taken for
 * the second link. */
static void
test_two_tabs(void **unused)
{
	char other[] = TOKEN, body[128];

	(void)unused;
	other[0] = 'B';
	(void)snprintf(body, sizeof body, "motdepasse=x&confirmation=y&lien=%s",
	    tab_mark(&request, other));
	request.cookie = "__Host-rentree_lien=" TOKEN;
	(void)ask(METHOD_POST, "/nouveau-mot-de-passe", "", body);
	assert_int_equal(reply.status, 409);
	forget();
	(void)snprintf(body, sizeof body, "motdepasse=x&confirmation=y&lien=%s",
	    tab_mark(&request, TOKEN));
	request.cookie = "__Host-rentree_lien=" TOKEN;
	(void)ask(METHOD_POST, "/nouveau-mot-de-passe", "", body);
	assert_int_equal(reply.status, 422);
	forget();
	/* used up in the other tab: said, not led elsewhere */
	(void)ask(METHOD_POST, "/nouveau-mot-de-passe", "", body);
	assert_int_equal(reply.status, 410);
}

static void
test_static(void **unused)
{
	const char *page = get("/"), *at = strstr(page, "/static/style.css?v=");
	char version[64];

	(void)unused;
	assert_non_null(at);
	(void)snprintf(version, sizeof version, "%.*s",
	    (int)strcspn(at + 18, "\""), at + 18);
	forget();
	(void)ask(METHOD_GET, "/static/style.css", version, "");
	assert_true(reply.cacheable);
	assert_string_equal(reply.content_type, "text/css; charset=utf-8");
	assert_true(reply.fixed_len > 100);
	forget();
	/* what another version asks for must not be kept */
	(void)ask(METHOD_GET, "/static/style.css", "v=00000000", "");
	assert_int_equal(reply.status, 200);
	assert_false(reply.cacheable);
	forget();
	(void)get("/static/style.css");
	assert_false(reply.cacheable);
}

static void
test_security_txt(void **unused)
{
	const char *text = get("/.well-known/security.txt");

	(void)unused;
	assert_non_null(strstr(text, "Contact: mailto:aide@ac-test.fr\n"));
	assert_non_null(strstr(text, "\nExpires: 20"));
	forget();
	site.support_mail = "";
	text = get("/.well-known/security.txt");
	assert_non_null(strstr(text, "Contact: https://comptes.ac-test.fr/\n"));
	site.support_mail = "aide@ac-test.fr";
}

static void
wait_for_pulse(bool ready)
{
	for (size_t i = 0; i < 300; i++) {
		if (pulse_is_ready(pages.pulse) == ready)
			return;
		clock_sleep_ms(10);
	}
	fail_msg("the pulse did not change");
}

/* Redis away: form pages closed, the rest open; health says why. */
static void
test_redis_gone(void **unused)
{
	static const struct {
		enum method method;
		const char *path;
		unsigned status;
	} cases[] = {
	    {METHOD_GET, "/", 200},
	    {METHOD_GET, "/mot-de-passe-oublie", 503},
	    {METHOD_POST, "/mot-de-passe-oublie", 503},
	    {METHOD_GET, "/nouveau-mot-de-passe", 503},
	    {METHOD_POST, "/nouveau-mot-de-passe", 503},
	    {METHOD_GET, "/demande-enregistree", 200},
	    {METHOD_GET, "/healthz", 200},
	    {METHOD_GET, "/readyz", 503},
	    {METHOD_GET, "/nothing", 404},
	};

	(void)unused;
	redis_halt(&desk.redis);
	wait_for_pulse(false);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t start_ms = clock_mono_ms();
		const char *page =
		    ask(cases[i].method, cases[i].path, "", GOOD);

		if (reply.status != cases[i].status)
			fail_msg("%s: %u", cases[i].path, reply.status);
		assert_true(clock_mono_ms() - start_ms < 1000);
		if (strcmp(cases[i].path, "/readyz") == 0)
			assert_non_null(strstr(page, "redis"));
		forget();
	}
	redis_again(&desk.redis);
	wait_for_pulse(true);
	(void)get("/mot-de-passe-oublie");
	assert_int_equal(reply.status, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_statuses, fresh),
	    cmocka_unit_test_setup(test_allow, fresh),
	    cmocka_unit_test_setup(test_other_sites, fresh),
	    cmocka_unit_test_setup(test_recover, fresh),
	    cmocka_unit_test_setup(test_typed_is_kept, fresh),
	    cmocka_unit_test_setup(test_captcha, fresh),
	    cmocka_unit_test_setup(test_limited, fresh),
	    cmocka_unit_test_setup(test_link_cookie, fresh),
	    cmocka_unit_test_setup(test_redeem, fresh),
	    cmocka_unit_test_setup(test_languages, fresh),
	    cmocka_unit_test_setup(test_no_link_elsewhere, fresh),
	    cmocka_unit_test_setup(test_browser_language, fresh),
	    cmocka_unit_test_setup(test_json, fresh),
	    cmocka_unit_test_setup(test_json_faults, fresh),
	    cmocka_unit_test_setup(test_two_faults_of_one_field, fresh),
	    cmocka_unit_test_setup(test_unread, fresh),
	    cmocka_unit_test_setup(test_two_tabs, fresh),
	    cmocka_unit_test_setup(test_static, fresh),
	    cmocka_unit_test_setup(test_security_txt, fresh),
	    cmocka_unit_test_setup_teardown(test_redis_gone, fresh, fresh),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
