/*
 * page - from a handler's values to the answer: language, layout, errors.
 *
 * A handler reads the form, calls a flow, and shows a page: it puts what the
 * page needs into values and names a template and a title. Every page gets the
 * site's name, the support's ways, the language switch and its reference from
 * here.
 */
#ifndef LIB_WEB_PAGE_H
#define LIB_WEB_PAGE_H

#include <stdbool.h>

#include "lib/web/request.h"

struct asker;
struct catalogue;
struct desk_conf;
struct embed_list;
struct establishments;
struct gate;
struct password_conf;
struct pulse;
struct site_conf;
struct template_set;
struct theme;
struct values;

enum { PAGE_LANGUAGES_MAX = 4, PAGE_VERSION = 8 };

/* The process's part; read-only. */
struct pages {
	const struct site_conf *site;
	const struct password_conf *password;
	const struct asker *asker;
	struct pulse *pulse;
	struct gate *drawing; /* pictures and sounds go through it */
	const struct template_set *templates;
	const struct catalogue *catalogues[PAGE_LANGUAGES_MAX + 1];
	const struct embed_list *files;
	const struct theme *theme;
	char version[PAGE_VERSION + 1]; /* of the static files */
	bool is_loopback;               /* plain http: cookies without Secure */
	const char *sender;             /* the address our mails come from */
	long audit_days;                /* how long the audit trail is kept */
	const struct establishments *establishments; /* NULL = no list */
	const struct desk_conf *desk; /* group "" = there is no desk */
};

typedef void page_handler(
    const struct pages *pages, struct request *request, struct reply *reply);

/*
 * The language of the request: ?lang=, else the one the browser would rather
 * have among the site's (Accept-Language), else the site's first. No cookie
 * remembers it: links of a page carry ?lang= where it is not what the browser
 * asks for anyway.
 */
const struct catalogue *page_catalogue(
    const struct pages *pages, const struct request *request);
/* … without ?lang=. */
const struct catalogue *page_preferred(
    const struct pages *pages, const struct request *request);
/* Once per request, before the first page_catalogue(). */
void page_prefer(const struct pages *pages, struct request *request);

/* Values every page has; the handler adds its own. */
struct values *page_values(const struct pages *pages, struct request *request);

/* title: a catalogue key. */
void page_show(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *name, const char *title,
    struct values *values);

/*
 * One message: "<key>.title", "<key>.text" and a way on. An error is told as
 * RFC 9457 to a client that would rather have JSON; so is, by page_show(), a
 * form that comes back with faults. href NULL = the home page.
 */
struct page_message {
	unsigned status;
	const char *key;
	const char *href;
	const char *action; /* catalogue key of the link's text, NULL = home */
	long retry_after_s; /* 0 = no Retry-After */
	long hours;         /* for {{hours}} in the text */
};
void page_message(const struct pages *pages, struct request *request,
    struct reply *reply, const struct page_message *message);

/* The common ones. */
void page_closed(
    const struct pages *pages, struct request *request, struct reply *reply);
void page_limited(const struct pages *pages, struct request *request,
    struct reply *reply, long retry_after_s);

/* The form belongs to a link of another tab (tab.h); href is where the newest
 * one is. */
void page_other_link(const struct pages *pages, struct request *request,
    struct reply *reply, const char *href);

/* To the page that is the same for everyone, with the reference. */
void page_registered(
    const struct pages *pages, struct request *request, struct reply *reply);

/* path with ?lang= when it is not the language the browser asks for. */
const char *page_link(
    const struct pages *pages, struct request *request, const char *path);

/* path as it may stand in a link of ours: one of other characters (or
 * "//host") is no page of ours, could lead elsewhere, and becomes "/". */
const char *page_own_path(const char *path);

/* As it stands in a tel: link: digits, perhaps a plus in front. */
const char *page_dialled(struct arena *arena, const char *phone);

/* An error beside field (a literal), and in the summary on top; a field may
 * have several. key: catalogue key. */
void page_error(const struct pages *pages, struct request *request,
    struct values *values, const char *field, const char *key);

/* Beside field, everything that is wrong with a new password: our faults
 * (enum password_fault bits) and the directory's (policy, -1 = none). */
void page_password_errors(const struct pages *pages, struct request *request,
    struct values *values, const char *field, unsigned faults, int policy);

/* What the fields for a new password need (newpassword.html, rules.html). */
void page_new_password(
    const struct pages *pages, struct request *request, struct values *values);

/* Once, when files is set. */
void page_set_version(struct pages *pages);
/* The file's address with the version, so that it may be cached for good. */
const char *page_static(
    const struct pages *pages, struct arena *arena, const char *name);

#endif
