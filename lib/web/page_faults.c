#include "lib/web/page_internal.h"

#include <string.h>

#include "lib/base/catalogue.h"
#include "lib/base/template.h"
#include "lib/people/password_faults.h"
#include "lib/people/people_conf.h"

/* Several faults of one field stand beside it, a line each. */
static const char *
beside(struct request *request, const char *field, const char *sentence)
{
	const struct request_complaint *older = request->complaints;

	for (; older != NULL; older = older->older)
		if (strcmp(older->field, field) == 0)
			sentence = arena_printf(&request->arena, "%s\n%s",
			    older->sentence, sentence);
	return sentence;
}

static void
remember(struct request *request, const char *field, const char *sentence)
{
	struct request_complaint *complaint =
	    arena_alloc(&request->arena, sizeof *complaint);

	*complaint = (struct request_complaint){
	    .older = request->complaints,
	    .field = field,
	    .sentence = sentence,
	};
	request->complaints = complaint;
	request->complaint_count++;
}

void
page_error(const struct pages *pages, struct request *request,
    struct values *values, const char *field, const char *key)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	const char *sentence =
	    template_sentence(&request->arena, catalogue, key, values);
	struct values *item = values_item(values, "errors");

	values_text(item, "error_field", field);
	values_text(item, "error_text", sentence);
	values_text(values, arena_printf(&request->arena, "%s_error", field),
	    beside(request, field, sentence));
	values_flag(values, "has_errors", true);
	remember(request, field, sentence);
}

void
page_password_errors(const struct pages *pages, struct request *request,
    struct values *values, const char *field, unsigned faults, int policy)
{
	values_number(values, "min_length", pages->password->min_length);
	for (unsigned bit = 1; bit <= faults; bit <<= 1)
		if ((faults & bit) != 0)
			page_error(pages, request, values, field,
			    password_fault_key((enum password_fault)bit));
	if (policy >= 0)
		page_error(
		    pages, request, values, field, password_policy_key(policy));
}

void
page_new_password(
    const struct pages *pages, struct request *request, struct values *values)
{
	struct arena *arena = &request->arena;

	values_number(values, "min_length", pages->password->min_length);
	values_number(values, "min_bits", pages->password->min_bits);
	values_text(values, "script", page_static(pages, arena, "password.js"));
	values_text(
	    values, "strength", page_static(pages, arena, "strength.js"));
}

void
page_count_errors(
    const struct pages *pages, struct request *request, struct values *values)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	bool one = request->complaint_count == 1;

	values_number(values, "error_count", request->complaint_count);
	values_text(values, "error_prefix",
	    template_sentence(&request->arena, catalogue,
		one ? "error.prefix.one" : "error.prefix.several", values));
	values_text(values, "error_summary",
	    template_sentence(&request->arena, catalogue,
		one ? "error.summary.one" : "error.summary.several", values));
}
