#include "lib/web/page.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/people/people_conf.h"
#include "lib/web/accept.h"
#include "lib/web/page_internal.h"
#include "lib/web/theme.h"

#define HTML "text/html; charset=utf-8"

void
page_prefer(const struct pages *pages, struct request *request)
{
	unsigned best = 0;

	request->preferred = pages->catalogues[0];
	for (size_t i = 0; pages->catalogues[i] != NULL; i++) {
		unsigned quality = accept_language(request->accept_language,
		    catalogue_language(pages->catalogues[i]));

		if (quality > best) {
			best = quality;
			request->preferred = pages->catalogues[i];
		}
	}
}

const struct catalogue *
page_preferred(const struct pages *pages, const struct request *request)
{
	return request->preferred != NULL ? request->preferred
					  : pages->catalogues[0];
}

const struct catalogue *
page_catalogue(const struct pages *pages, const struct request *request)
{
	const char *lang = form_raw(&request->query, "lang");

	for (size_t i = 0; pages->catalogues[i] != NULL; i++)
		if (strcmp(catalogue_language(pages->catalogues[i]), lang) == 0)
			return pages->catalogues[i];
	return page_preferred(pages, request);
}

const char *
page_link(const struct pages *pages, struct request *request, const char *path)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);

	if (catalogue == page_preferred(pages, request))
		return path;
	return arena_printf(&request->arena, "%s%slang=%s", path,
	    strchr(path, '?') != NULL ? "&" : "?",
	    catalogue_language(catalogue));
}

void
page_set_version(struct pages *pages)
{
	unsigned char hash[crypto_generichash_BYTES];
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
	for (size_t i = 0; i < pages->files->count; i++) {
		const struct embed_file *file = &pages->files->files[i];

		if (text_has_prefix(file->name, "lib/web/static/"))
			(void)crypto_generichash_update(
			    &state, file->bytes, file->len);
	}
	(void)crypto_generichash_final(&state, hash, sizeof hash);
	(void)sodium_bin2hex(
	    pages->version, sizeof pages->version, hash, PAGE_VERSION / 2);
}

const char *
page_static(const struct pages *pages, struct arena *arena, const char *name)
{
	return arena_printf(arena, "/static/%s?v=%s", name, pages->version);
}

const char *
page_own_path(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/-._";

	if (path[0] != '/' || path[1] == '/' ||
	    path[strspn(path, plain)] != '\0')
		return "/";
	return path;
}

static void
add_languages(
    const struct pages *pages, struct request *request, struct values *values)
{
	const struct catalogue *current = page_catalogue(pages, request);

	for (size_t i = 0; pages->catalogues[i] != NULL; i++) {
		const struct catalogue *other = pages->catalogues[i];
		struct values *item;

		if (other == current)
			continue;
		item = values_item(values, "languages");
		values_kept(item, "code", catalogue_language(other));
		values_kept(item, "name", catalogue_get(other, "language"));
		values_kept(item, "href",
		    arena_printf(&request->arena, "%s?lang=%s",
			page_own_path(request->path),
			catalogue_language(other)));
	}
}

const char *
page_dialled(struct arena *arena, const char *phone)
{
	char *digits = arena_dup(arena, phone != NULL ? phone : "");
	char *to = digits;

	for (const char *from = digits; *from != '\0'; from++)
		if ((*from >= '0' && *from <= '9') ||
		    (*from == '+' && to == digits))
			*to++ = *from;
	*to = '\0';
	return digits;
}

struct values *
page_values(const struct pages *pages, struct request *request)
{
	struct values *values = values_new(&request->arena);
	const struct site_conf *site = pages->site;
	static const char *const paths[][2] = {
	    {"home_href", "/"},
	    {"recover_href", "/mot-de-passe-oublie"},
	    {"new_password_href", "/nouveau-mot-de-passe"},
	    {"change_href", "/changer-mot-de-passe"},
	    {"activate_href", "/activation"},
	    {"rescue_href", "/adresse-de-secours"},
	    {"remind_href", "/identifiant-perdu"},
	    {"resend_href", "/courriel-non-recu"},
	    {"numen_href", "/numen-perdu"},
	    {"help_href", "/aide"},
	    {"accessibility_href", "/accessibilite"},
	    {"privacy_href", "/confidentialite"},
	};

	values_kept(
	    values, "lang", catalogue_language(page_catalogue(pages, request)));
	values_kept(values, "site", site->name);
	values_kept(values, "support_mail", site->support_mail);
	values_kept(values, "support_phone", site->support_phone);
	values_kept(values, "support_dialled",
	    page_dialled(&request->arena, site->support_phone));
	values_kept(values, "webmail_url", site->webmail_url);
	values_kept(values, "banner", site->banner);
	values_kept(values, "sender", pages->sender);
	values_kept(values, "ref", request->visitor.ref);
	values_kept(
	    values, "style", page_static(pages, &request->arena, "style.css"));
	values_kept(
	    values, "icon", page_static(pages, &request->arena, "icon.svg"));
	values_flag(values, "theme", pages->theme->style[0] != '\0');
	values_flag(values, "logo", pages->theme->logo != NULL);
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		values_kept(values, paths[i][0],
		    page_link(pages, request, paths[i][1]));
	add_languages(pages, request, values);
	return values;
}

void
page_show(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *name, const char *title,
    struct values *values)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct err err = {0};

	values_text(values, "title",
	    template_sentence(&request->arena, catalogue, title, values));
	if (request->complaints != NULL) {
		if (page_wants_problem(request)) {
			page_problem_of_form(
			    pages, request, reply, status, title, values);
			return;
		}
		page_count_errors(pages, request, values);
	}
	reply_header(reply, "Content-Language", catalogue_language(catalogue));
	reply->status = status;
	reply->content_type = HTML;
	if (template_render(pages->templates, name, catalogue, values,
		&reply->body, &err) != 0) {
		log_event(LOG_LEVEL_ERROR, "page.failed", "ref",
		    request->visitor.ref, "page", name, "reason", err.text,
		    NULL);
		buf_clear(&reply->body);
		reply->status = 500;
	}
}

void
page_message(const struct pages *pages, struct request *request,
    struct reply *reply, const struct page_message *message)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct values *values = page_values(pages, request);
	struct arena *arena = &request->arena;
	const char *action =
	    message->action != NULL ? message->action : "home.back";

	values_number(values, "hours", message->hours);
	if (message->retry_after_s > 0) {
		reply_header(reply, "Retry-After",
		    arena_printf(arena, "%ld", message->retry_after_s));
		values_number(
		    values, "minutes", (message->retry_after_s + 59) / 60);
	}
	if (message->status >= 400 && page_wants_problem(request)) {
		page_problem(pages, request, reply, message->status,
		    message->key, values);
		return;
	}
	values_text(values, "text",
	    template_sentence(arena, catalogue,
		arena_printf(arena, "%s.text", message->key), values));
	values_text(values, "href",
	    page_link(
		pages, request, message->href != NULL ? message->href : "/"));
	values_text(values, "action", catalogue_get(catalogue, action));
	page_show(pages, request, reply, message->status, "message",
	    arena_printf(arena, "%s.title", message->key), values);
}

void
page_closed(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 503,
		.key = "closed",
		.href = page_own_path(request->path),
		.action = "closed.again",
		.retry_after_s = 60});
}

void
page_registered(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	reply_redirect(reply,
	    page_link(pages, request,
		arena_printf(&request->arena, "/demande-enregistree?ref=%s",
		    request->visitor.ref)));
}

void
page_limited(const struct pages *pages, struct request *request,
    struct reply *reply, long retry_after_s)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 429,
		.key = retry_after_s <= 60 ? "pause" : "limited",
		.retry_after_s = retry_after_s});
}

void
page_other_link(const struct pages *pages, struct request *request,
    struct reply *reply, const char *href)
{
	page_message(pages, request, reply,
	    &(struct page_message){.status = 409,
		.key = "other-link",
		.href = href,
		.action = "other-link.go"});
}
