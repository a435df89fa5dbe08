/* The requests that belong to a change: mails, and what an end brings. */
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/expel.h"
#include "lib/flow/farewell.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/leaving.h"
#include "lib/people/people_conf.h"

static int
ask(const struct provision *provision, const struct plan_change *change,
    const struct json *notice, struct err *err)
{
	const char *letter = json_get_text(notice, "letter");
	const char *language = provision->site->languages.list[0];
	struct farewell_request request = {
	    .uuid = change->uuid, .until = json_get_text(notice, "until")};
	long long days = json_get_number(notice, "days", 0);

	if (letter == NULL || strcmp(letter, "leaving") != 0 ||
	    request.until == NULL || days < 1 || days > 365)
		return err_set(err, ERR_INPUT, "a line of the plan is damaged");
	memcpy(
	    request.language, language, strnlen(language, FLOW_LANGUAGE - 1));
	visitor_make_ref(request.ref);
	return farewell_ask(provision->kv, provision->sealer, &request,
	    (int)days, provision->now_ms, err);
}

static const char *
state_in(const struct json *attributes)
{
	for (size_t i = 0; i < json_size(attributes); i++) {
		const struct json *item = json_at(attributes, i);

		if (text_equal_nocase(
			json_get_text(item, "name"), "rentreeState"))
			return json_text_at(json_get(item, "values"), 0);
	}
	return NULL;
}

static bool
closes(const struct plan_change *change)
{
	const char *state = state_in(change->after);

	return state != NULL && !leaving_is_active(state) &&
	       !leaving_is_grace(state);
}

static int
ask_to_expel(const struct provision *provision,
    const struct plan_change *change, struct err *err)
{
	struct expel_request request = {
	    .why = EXPEL_PLANNED, .uuid = change->uuid};

	visitor_make_ref(request.ref);
	return expel_ask(
	    provision->kv, provision->sealer, &request, provision->now_ms, err);
}

int
provision_notify(const struct provision *provision,
    const struct plan_change *change, struct err *err)
{
	for (size_t i = 0; i < json_size(change->notices); i++)
		if (ask(provision, change, json_at(change->notices, i), err) !=
		    0)
			return err_in(err, "%s: notice", change->login);
	if (provision->expels && closes(change) &&
	    ask_to_expel(provision, change, err) != 0)
		return err_in(err, "%s: end of what is open", change->login);
	return 0;
}
