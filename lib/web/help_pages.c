#include "lib/base/catalogue.h"
#include "lib/base/template.h"
#include "lib/flow/asker.h"
#include "lib/flow/establishments.h"
#include "lib/people/people_conf.h"
#include "lib/store/store_conf.h"
#include "lib/web/pages.h"

enum { DAY_S = 86400 };

static void
add_found(struct request *request, struct values *values,
    const struct establishments_found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct establishment *one = found->list[i];
		struct values *item = values_item(values, "establishments");

		values_text(item, "uai", one->uai);
		values_text(item, "place", one->name);
		values_text(item, "address", one->address);
		values_text(item, "phone", one->phone);
		values_text(
		    item, "dialled", page_dialled(&request->arena, one->phone));
		values_text(item, "hours", one->hours);
	}
	values_flag(values, "found_none", found->count == 0);
	values_flag(values, "found_one", found->count == 1);
	values_flag(values, "found_several", found->count > 1 && !found->more);
	values_flag(values, "found_more", found->more);
	values_number(values, "found_count", (long long)found->count);
}

/* The form keeps the language: a GET form forgets the query of its address. */
static void
add_language(
    const struct pages *pages, struct request *request, struct values *values)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);

	if (catalogue != page_preferred(pages, request))
		values_text(values, "kept_lang", catalogue_language(catalogue));
}

void
page_numen_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);
	const char *typed = form_text(&request->query, "q", &request->arena);
	struct establishments_found found;

	values_text(values, "q", typed);
	values_flag(values, "search", pages->establishments != NULL);
	if (pages->establishments != NULL && typed[0] != '\0') {
		establishments_find(
		    pages->establishments, typed, &request->arena, &found);
		add_found(request, values, &found);
	}
	add_language(pages, request, values);
	page_show(pages, request, reply, 200, "numen", "numen.title", values);
}

void
page_help_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);

	values_number(values, "min_length", pages->password->min_length);
	page_show(pages, request, reply, 200, "help", "help.title", values);
}

void
page_accessibility_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	struct values *values = page_values(pages, request);

	values_text(values, "public_url", pages->site->public_url);
	values_text(values, "version", RENTREE_VERSION);
	page_show(pages, request, reply, 200, "accessibility",
	    "accessibility.title", values);
}

void
page_privacy_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	const struct limits_conf *limits = pages->asker->limits;
	struct values *values = page_values(pages, request);

	values_text(values, "dpo_mail", pages->site->dpo_mail);
	values_number(values, "audit_days", pages->audit_days);
	values_number(values, "link_minutes", limits->token_lifetime_s / 60);
	values_number(
	    values, "activation_days", limits->activation_lifetime_s / DAY_S);
	page_show(
	    pages, request, reply, 200, "privacy", "privacy.title", values);
}
