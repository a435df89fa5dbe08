#include "lib/web/page_internal.h"

#include "lib/base/catalogue.h"
#include "lib/base/json.h"
#include "lib/base/template.h"
#include "lib/web/accept.h"

#define PROBLEM "application/problem+json"

bool
page_wants_problem(const struct request *request)
{
	return accept_prefers(
		   request->accept, "application/json", "text/html") ||
	       accept_prefers(request->accept, PROBLEM, "text/html");
}

static struct json *
begin(struct request *request, unsigned status, const char *title,
    const char *detail)
{
	struct json *problem = json_new_object();

	json_text(problem, "type", "about:blank");
	json_text(problem, "title", title);
	json_number(problem, "status", status);
	json_text(problem, "detail", detail);
	json_text(problem, "instance",
	    arena_printf(
		&request->arena, "urn:rentree:ref:%s", request->visitor.ref));
	return problem;
}

static void
show(const struct pages *pages, struct request *request, struct reply *reply,
    unsigned status, struct json *problem)
{
	reply_header(reply, "Content-Language",
	    catalogue_language(page_catalogue(pages, request)));
	reply->status = status;
	reply->content_type = PROBLEM "; charset=utf-8";
	buf_add_text(&reply->body, json_line(&request->arena, problem));
	json_free(problem);
}

void
page_problem(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *key,
    const struct values *values)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct arena *arena = &request->arena;
	struct json *problem = begin(request, status,
	    template_sentence(
		arena, catalogue, arena_printf(arena, "%s.title", key), values),
	    template_sentence(
		arena, catalogue, arena_printf(arena, "%s.text", key), values));

	show(pages, request, reply, status, problem);
}

/* As the example of RFC 9457 section 3 does it: "errors", in the order of the
 * form. */
static void
add_faults(struct json *errors, const struct request_complaint *complaint)
{
	struct json *item;

	if (complaint == NULL)
		return;
	add_faults(errors, complaint->older);
	item = json_add(errors, NULL, json_new_object());
	json_text(item, "field", complaint->field);
	json_text(item, "detail", complaint->sentence);
}

void
page_problem_of_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *title,
    const struct values *values)
{
	const struct catalogue *catalogue = page_catalogue(pages, request);
	struct json *problem = begin(request, status,
	    template_sentence(&request->arena, catalogue, title, values),
	    catalogue_get(catalogue, "error.detail"));

	add_faults(
	    json_add(problem, "errors", json_new_array()), request->complaints);
	show(pages, request, reply, status, problem);
}
