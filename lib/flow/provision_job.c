#include "lib/flow/provision_job.h"

#include <string.h>

#include "lib/base/fault.h"
#include "lib/base/json.h"
#include "lib/flow/invite.h"
#include "lib/people/people_conf.h"

/* So many entries in a row that the directory refuses are no matter of the
 * entries: its disk is full, or it may not be written. */
enum { REFUSED_MAX = 50 };

void
job_end(struct job *job)
{
	json_free(job->line);
	arena_reset(&job->arena);
	*job = (struct job){.step = JOB_DONE};
}

/* --- telling ------------------------------------------------------------- */

static void
tell(struct applier *applier, struct job *job, const char *what)
{
	applier->provision->on_line(applier->provision->context,
	    arena_printf(&job->arena, "%s: %s", job->login, what));
}

static int
end_in_conflict(struct applier *applier, struct job *job, const char *what)
{
	applier->counts->conflicts++;
	tell(applier, job, what);
	job_end(job);
	return 0;
}

static const char name_taken[] =
    "not done: a name of this plan was given to somebody else since; make a "
    "new plan";
static const char has_account[] =
    "not done: this person has been given an account since, or the number is "
    "somebody else's; make a new plan";
static const char has_rival[] =
    "not done: another plan is giving this person another name; make a new "
    "plan when it is done";
static const char not_as_it_was[] =
    "not changed: the account is not what it was when the plan was made; make "
    "a new plan";

/* What is wrong with one entry is told, and its neighbours go on; what is
 * wrong with the directory ends the run. */
static int
end_refused(struct applier *applier, struct job *job, const struct err *refusal,
    struct err *err)
{
	*err = *refusal;
	if (refusal->kind != ERR_INTERNAL && refusal->kind != ERR_REFUSED)
		return err_in(err, "%s", job->login);
	if (++applier->refused_in_a_row >= REFUSED_MAX)
		return err_in(err, "%d entries in a row were refused: %s",
		    REFUSED_MAX, job->login);
	applier->counts->failed++;
	tell(applier, job,
	    arena_printf(&job->arena, "refused: %s", refusal->text));
	job_end(job);
	return 0;
}

/* --- the invitation ------------------------------------------------------ */

/* Named by the person: whichever plans and runs invite somebody, for as long
 * as the first invitation waits and a day after, it is one. */
static int
end_with_invitation(struct applier *applier, struct job *job, struct err *err)
{
	const struct provision *provision = applier->provision;
	const char *language = provision->site->languages.list[0];
	struct invite_request request = {.login = job->login};
	int rc = 0;

	if (job->invite) {
		memcpy(request.language, language,
		    strnlen(language, FLOW_LANGUAGE - 1));
		visitor_make_ref(request.ref);
		rc = invite_ask(provision->kv, provision->sealer, &request,
		    job->source, provision->now_ms, err);
		if (rc != 0)
			return err_in(err, "%s: invitation", job->login);
		FAULT_POINT("provision.invited");
		applier->counts->invited++;
	}
	job_end(job);
	return 0;
}

/* --- an account ---------------------------------------------------------- */

static const char *const *
texts(struct job *job, const struct json *array)
{
	size_t count = json_size(array);
	const char **list =
	    arena_array(&job->arena, count + 1, sizeof(const char *));

	for (size_t i = 0; i < count; i++)
		list[i] = json_text_at(array, i);
	return list;
}

static const char *const *
one_text(struct job *job, const char *text)
{
	const char **list = arena_array(&job->arena, 2, sizeof *list);

	list[0] = text;
	return list;
}

static const char *
name_dn(struct applier *applier, struct job *job)
{
	return directory_dn(&job->arena, "rentreeLogin",
	    json_text_at(job->names, job->name),
	    applier->provision->conf->registry_base);
}

static int
reserve(struct applier *applier, struct job *job, struct err *err)
{
	const char *classes[] = {"rentreeReservation", NULL};
	const char *names[] = {json_text_at(job->names, job->name), NULL};
	const char *marks[] = {job->mark, NULL};
	const struct change attributes[] = {
	    {CHANGE_ADD, "objectClass", classes},
	    {CHANGE_ADD, "rentreeLogin", names},
	    {CHANGE_ADD, "rentreeSource", job->sources},
	    {CHANGE_ADD, "description", marks},
	};
	size_t count = COUNT_OF(attributes) - (job->mark == NULL ? 1 : 0);

	job->step = JOB_RESERVE;
	return directory_pipe_add(
	    applier->pipe, name_dn(applier, job), attributes, count, job, err);
}

static int
add_account(struct applier *applier, struct job *job, struct err *err)
{
	size_t count = json_size(job->attributes);
	struct change *list = arena_array(&job->arena, count, sizeof *list);

	for (size_t i = 0; i < count; i++) {
		const struct json *item = json_at(job->attributes, i);

		list[i] = (struct change){.verb = CHANGE_ADD,
		    .attribute = json_get_text(item, "name"),
		    .values = texts(job, json_get(item, "values"))};
	}
	job->step = JOB_ADD;
	return directory_pipe_add(
	    applier->pipe, job->dn, list, count, job, err);
}

/* Whoever goes by one of these numbers, and by filter. */
static const char *
of_person(struct job *job, const char *const *sources, const char *filter)
{
	const char *any = "";

	for (; *sources != NULL; sources++)
		any = arena_printf(&job->arena, "%s%s", any,
		    directory_equals(&job->arena, "rentreeSource", *sources));
	return arena_printf(&job->arena, "(&(|%s)%s)", any, filter);
}

static const char *
but_not(struct job *job, const char *filter, const char *attribute,
    const char *value)
{
	return arena_printf(&job->arena, "%s(!%s)", filter,
	    directory_equals(&job->arena, attribute, value));
}

/* Somebody else's account has a number that this one is to have. */
static int
ask_whether_alone(struct applier *applier, struct job *job,
    const char *const *sources, const char *but, struct err *err)
{
	for (size_t i = 0; i < json_size(job->strangers); i++)
		but = but_not(job, but, "uid", json_text_at(job->strangers, i));
	job->step = JOB_ALONE;
	return directory_pipe_any(applier->pipe, applier->base,
	    of_person(job, sources, but), job, err);
}

/* Names of this person that no plan knew of when this one was made. */
static int
ask_for_rivals(struct applier *applier, struct job *job, struct err *err)
{
	const struct json *mine[] = {job->names, job->held};
	const char *but = "";

	for (size_t i = 0; i < COUNT_OF(mine); i++)
		for (size_t j = 0; j < json_size(mine[i]); j++)
			but = but_not(
			    job, but, "rentreeLogin", json_text_at(mine[i], j));
	job->step = JOB_RIVAL;
	return directory_pipe_any(applier->pipe,
	    applier->provision->conf->registry_base,
	    of_person(job, job->sources, but), job, err);
}

/* An earlier run of the same plan, or of another one over the same file, may
 * have made the entry at dn: then it has this person's source. */
static int
ask_whose(struct applier *applier, struct job *job, const char *dn,
    enum job_step step, struct err *err)
{
	job->step = step;
	return directory_pipe_match(applier->pipe, dn,
	    of_person(job, job->sources, ""), "rentreeInvited", job, err);
}

/* --- a change ------------------------------------------------------------ */

static int
end_changed(struct applier *applier, struct job *job)
{
	applier->refused_in_a_row = 0;
	if (job->step == JOB_CHANGE) {
		FAULT_POINT("provision.account-changed");
		applier->counts->changed++;
	} else {
		applier->counts->unchanged++;
	}
	job_end(job);
	return 0;
}

static int
change_account(struct applier *applier, struct job *job, struct err *err)
{
	struct change *list;
	size_t count = change_list(&job->change, &job->arena, &list);

	job->step = JOB_CHANGE;
	return directory_pipe_change(applier->pipe, job->dn, list, count,
	    change_assertion(&job->change, &job->arena), job, err);
}

/* Refused: an earlier run of this plan may have made the change. */
static int
ask_whether_changed(struct applier *applier, struct job *job, struct err *err)
{
	struct change *list;
	size_t count = change_list(&job->change, &job->arena, &list);

	job->step = JOB_CHANGED;
	return directory_pipe_match(applier->pipe, job->dn,
	    change_done_filter(&job->change, list, count, &job->arena), NULL,
	    job, err);
}

/* --- one step after the other -------------------------------------------- */

/* A change that brings no number has nobody to meet. */
static int
go_on_with_change(struct applier *applier, struct job *job, struct err *err)
{
	const char *const *come = change_numbers(&job->change, &job->arena);

	return come[0] == NULL
		   ? change_account(applier, job, err)
		   : ask_whether_alone(applier, job, come,
			 but_not(job, "", "entryUUID", job->change.uuid), err);
}

static int
go_on_with_account(struct applier *applier, struct job *job, struct err *err)
{
	if (job->name < json_size(job->names))
		return reserve(applier, job, err);
	return job->is_change ? go_on_with_change(applier, job, err)
			      : ask_whether_alone(applier, job, job->sources,
				    but_not(job, "", "uid", job->login), err);
}

static int
end_alone(struct applier *applier, struct job *job, struct err *err)
{
	return job->is_change ? change_account(applier, job, err)
			      : ask_for_rivals(applier, job, err);
}

static int
next_name(struct applier *applier, struct job *job, struct err *err)
{
	job->name++;
	return go_on_with_account(applier, job, err);
}

static int
end_created(struct applier *applier, struct job *job,
    const struct directory_answer *answer, struct err *err)
{
	applier->refused_in_a_row = 0;
	if (job->step == JOB_ADD) {
		FAULT_POINT("provision.account-added");
		applier->counts->created++;
	} else {
		applier->counts->unchanged++;
		/* Whoever was invited is not invited again by an old plan. */
		job->invite = job->invite && !answer->has_attribute;
	}
	return end_with_invitation(applier, job, err);
}

int
job_go_on(struct applier *applier, struct job *job,
    const struct directory_answer *answer, struct err *err)
{
	bool found = answer->result == LOOKUP_FOUND;

	if (job->step == JOB_CHANGE && answer->err.kind == ERR_REFUSED)
		return ask_whether_changed(applier, job, err);
	if (answer->result == LOOKUP_FAILED)
		return end_refused(applier, job, &answer->err, err);
	switch (job->step) {
	case JOB_DONE:
		break;
	case JOB_RESERVE:
		FAULT_POINT("provision.name-reserved");
		return found ? next_name(applier, job, err)
			     : ask_whose(applier, job, name_dn(applier, job),
				   JOB_WHOSE_NAME, err);
	case JOB_WHOSE_NAME:
		return found ? next_name(applier, job, err)
			     : end_in_conflict(applier, job, name_taken);
	case JOB_ALONE:
		return found ? end_in_conflict(applier, job, has_account)
			     : end_alone(applier, job, err);
	case JOB_RIVAL:
		FAULT_POINT("provision.alone");
		return found ? end_in_conflict(applier, job, has_rival)
			     : add_account(applier, job, err);
	case JOB_ADD:
		return found ? end_created(applier, job, answer, err)
			     : ask_whose(
				   applier, job, job->dn, JOB_WHOSE_ENTRY, err);
	case JOB_WHOSE_ENTRY:
		return found ? end_created(applier, job, answer, err)
			     : end_in_conflict(applier, job, name_taken);
	case JOB_CHANGE:
	case JOB_CHANGED:
		return found ? end_changed(applier, job)
			     : end_in_conflict(applier, job, not_as_it_was);
	}
	return err_set(err, ERR_INTERNAL, "an answer nobody asked for");
}

/* --- beginning ----------------------------------------------------------- */

static const struct json *
attribute(const struct job *job, const char *name)
{
	for (size_t i = 0; i < json_size(job->attributes); i++) {
		const struct json *item = json_at(job->attributes, i);
		const char *found = json_get_text(item, "name");

		if (found != NULL && strcmp(found, name) == 0)
			return json_get(item, "values");
	}
	return NULL;
}

static int
damaged(struct err *err)
{
	return err_set(err, ERR_INPUT, "a line of the plan is damaged");
}

static bool
are_texts(const struct json *list)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (json_text_at(list, i) == NULL)
			return false;
	return true;
}

static bool
is_whole(const struct job *job)
{
	for (size_t i = 0; i < json_size(job->attributes); i++)
		if (json_get_text(json_at(job->attributes, i), "name") == NULL)
			return false;
	return job->names != NULL && job->source != NULL &&
	       are_texts(job->names) && are_texts(job->held) &&
	       are_texts(job->strangers);
}

static int
begin_creation(struct applier *applier, struct job *job, struct err *err)
{
	const struct json *line = job->line;

	job->names = json_get(line, "names");
	job->attributes = json_get(line, "attributes");
	job->invite = json_get_flag(line, "invite");
	job->held = json_get(line, "held");
	job->strangers = json_get(line, "strangers");
	job->mark = json_get_text(line, "mark");
	job->sources = texts(job, attribute(job, "rentreeSource"));
	job->source = job->sources[0];
	if (!is_whole(job))
		return damaged(err);
	job->dn = directory_dn(&job->arena, "uid", job->login, applier->base);
	return go_on_with_account(applier, job, err);
}

static int
begin_change(struct applier *applier, struct job *job, struct err *err)
{
	struct plan_change *change = &job->change;

	if (plan_read_change(job->line, change, err) != 0)
		return -1;
	job->is_change = true;
	job->dn = change->dn;
	job->source = change->source;
	job->sources = one_text(job, change->source);
	job->names = change->names;
	job->strangers = json_get(job->line, "strangers");
	job->mark = json_get_text(job->line, "mark");
	if (!are_texts(job->strangers))
		return damaged(err);
	if (provision_notify(applier->provision, change, err) != 0)
		return -1;
	return go_on_with_account(applier, job, err);
}

static int
begin_invitation(struct applier *applier, struct job *job, struct err *err)
{
	job->source = json_get_text(job->line, "source");
	job->invite = true;
	return job->source == NULL ? damaged(err)
				   : end_with_invitation(applier, job, err);
}

static int
check_head(struct applier *applier, struct job *job, struct err *err)
{
	const char *base = json_get_text(job->line, "base");
	bool is_head = json_get_number(job->line, "plan", 0) == 1;
	bool ours = base != NULL && strcmp(base, applier->base) == 0;

	job_end(job);
	if (is_head && !ours)
		return err_set(
		    err, ERR_REFUSED, "the plan is for another directory base");
	return 0;
}

int
job_begin(
    struct applier *applier, struct job *job, const char *text, struct err *err)
{
	job->line = json_parse(text, strlen(text), err);
	if (job->line == NULL)
		return -1;
	job->login = json_get_text(job->line, "create");
	if (job->login != NULL)
		return begin_creation(applier, job, err);
	job->login = json_get_text(job->line, "change");
	if (job->login != NULL)
		return begin_change(applier, job, err);
	job->login = json_get_text(job->line, "invite_again");
	if (job->login != NULL)
		return begin_invitation(applier, job, err);
	return check_head(applier, job, err);
}
