#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/invite.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/people_conf.h"
#include "lib/store/directory.h"

struct applier {
	const struct provision *provision;
	struct arena arena; /* of one line */
	struct provision_counts *counts;
	const char *base;
};

struct creation {
	const char *login;
	const char *dn;
	const struct json *names;
	const struct json *attributes;
	const char *source; /* the first rentreeSource: whose it is */
	bool invite;
};

static const char *const *
texts(struct applier *applier, const struct json *array)
{
	size_t count = json_size(array);
	const char **list =
	    arena_array(&applier->arena, count + 1, sizeof(const char *));

	for (size_t i = 0; i < count; i++)
		list[i] = json_text_at(array, i);
	return list;
}

static const struct json *
attribute(const struct creation *creation, const char *name)
{
	for (size_t i = 0; i < json_size(creation->attributes); i++) {
		const struct json *item = json_at(creation->attributes, i);
		const char *found = json_get_text(item, "name");

		if (found != NULL && strcmp(found, name) == 0)
			return json_get(item, "values");
	}
	return NULL;
}

/*
 * Is the entry at dn this person's? An earlier run of the same plan, or of
 * another one over the same file, may have made it.
 */
static enum lookup
is_ours(struct applier *applier, const char *dn,
    const struct creation *creation, struct err *err)
{
	return directory_holds(applier->provision->directory, dn,
	    "rentreeSource", creation->source, err);
}

/* FOUND: the name is this person's, now or already. ABSENT: somebody else's. */
static enum lookup
reserve(struct applier *applier, const struct creation *creation,
    const char *name, struct err *err)
{
	const struct provision *provision = applier->provision;
	const char *classes[] = {"rentreeReservation", NULL};
	const char *names[] = {name, NULL};
	const char *sources[] = {creation->source, NULL};
	const struct change attributes[] = {
	    {CHANGE_ADD, "objectClass", classes},
	    {CHANGE_ADD, "rentreeLogin", names},
	    {CHANGE_ADD, "rentreeSource", sources},
	};
	char *dn = directory_dn(&applier->arena, "rentreeLogin", name,
	    provision->conf->registry_base);
	enum lookup added = directory_add(
	    provision->directory, dn, attributes, COUNT_OF(attributes), err);

	if (added != LOOKUP_ABSENT)
		return added;
	return is_ours(applier, dn, creation, err);
}

static enum lookup
reserve_all(
    struct applier *applier, const struct creation *creation, struct err *err)
{
	for (size_t i = 0; i < json_size(creation->names); i++) {
		enum lookup reserved = reserve(
		    applier, creation, json_text_at(creation->names, i), err);

		if (reserved != LOOKUP_FOUND)
			return reserved;
	}
	return LOOKUP_FOUND;
}

static enum lookup
add_person(struct applier *applier, const struct creation *creation,
    bool *fresh, struct err *err)
{
	size_t count = json_size(creation->attributes);
	struct change *list = arena_array(&applier->arena, count, sizeof *list);
	enum lookup added;

	for (size_t i = 0; i < count; i++) {
		const struct json *item = json_at(creation->attributes, i);

		list[i] = (struct change){.verb = CHANGE_ADD,
		    .attribute = json_get_text(item, "name"),
		    .values = texts(applier, json_get(item, "values"))};
	}
	added = directory_add(
	    applier->provision->directory, creation->dn, list, count, err);
	*fresh = added == LOOKUP_FOUND;
	if (added != LOOKUP_ABSENT)
		return added;
	return is_ours(applier, creation->dn, creation, err);
}

/* Named by the person: whichever plans and runs invite somebody, for as long
 * as the first invitation waits and a day after, it is one. */
static int
invite(
    struct applier *applier, const struct creation *creation, struct err *err)
{
	const struct provision *provision = applier->provision;
	struct invite_request request = {.login = creation->login};

	memcpy(request.language, provision->site->languages.list[0],
	    strnlen(provision->site->languages.list[0], FLOW_LANGUAGE - 1));
	visitor_make_ref(request.ref);
	return invite_ask(provision->kv, provision->sealer, &request,
	    creation->source, provision->now_ms, err);
}

static void
tell_conflict(struct applier *applier, const struct creation *creation)
{
	applier->counts->conflicts++;
	applier->provision->on_line(applier->provision->context,
	    arena_printf(&applier->arena,
		"%s: not created: a name of this plan was given to somebody "
		"else since; make a new plan",
		creation->login));
}

static int
create(
    struct applier *applier, const struct creation *creation, struct err *err)
{
	bool fresh = false;
	enum lookup done = reserve_all(applier, creation, err);

	if (done == LOOKUP_FOUND)
		done = add_person(applier, creation, &fresh, err);
	if (done == LOOKUP_FAILED)
		return err_in(err, "%s", creation->login);
	if (done == LOOKUP_ABSENT) {
		tell_conflict(applier, creation);
		return 0;
	}
	if (fresh)
		applier->counts->created++;
	else
		applier->counts->unchanged++;
	if (!creation->invite)
		return 0;
	if (invite(applier, creation, err) != 0)
		return err_in(err, "%s: invitation", creation->login);
	applier->counts->invited++;
	return 0;
}

static bool
is_whole(const struct creation *creation)
{
	for (size_t i = 0; i < json_size(creation->names); i++)
		if (json_text_at(creation->names, i) == NULL)
			return false;
	for (size_t i = 0; i < json_size(creation->attributes); i++)
		if (json_get_text(json_at(creation->attributes, i), "name") ==
		    NULL)
			return false;
	return creation->login != NULL && creation->names != NULL &&
	       attribute(creation, "rentreeSource") != NULL;
}

static int
read_creation(struct applier *applier, const struct json *line,
    struct creation *creation, struct err *err)
{
	creation->login = json_get_text(line, "create");
	creation->names = json_get(line, "names");
	creation->attributes = json_get(line, "attributes");
	creation->invite = json_get_flag(line, "invite");
	if (!is_whole(creation))
		return err_set(err, ERR_INPUT, "a line of the plan is damaged");
	creation->source =
	    json_text_at(attribute(creation, "rentreeSource"), 0);
	creation->dn = directory_dn(
	    &applier->arena, "uid", creation->login, applier->base);
	return creation->source != NULL
		   ? 0
		   : err_set(err, ERR_INPUT, "a line of the plan is damaged");
}

static bool
is_for(const struct applier *applier, const char *base)
{
	return base != NULL && strcmp(base, applier->base) == 0;
}

static int
apply_line(struct applier *applier, const char *text, struct err *err)
{
	struct json *line = json_parse(text, strlen(text), err);
	struct creation creation = {0};
	int rc = 0;

	if (line == NULL)
		return -1;
	if (json_get_text(line, "create") != NULL) {
		rc = read_creation(applier, line, &creation, err);
		if (rc == 0)
			rc = create(applier, &creation, err);
	} else if (json_get_text(line, "invite_again") != NULL) {
		creation.login = json_get_text(line, "invite_again");
		creation.source = json_get_text(line, "source");
		rc = creation.source == NULL
			 ? err_set(
			       err, ERR_INPUT, "a line of the plan is damaged")
			 : invite(applier, &creation, err);
		if (rc == 0)
			applier->counts->invited++;
	} else if (json_get_number(line, "plan", 0) == 1 &&
		   !is_for(applier, json_get_text(line, "base"))) {
		rc = err_set(
		    err, ERR_REFUSED, "the plan is for another directory base");
	}
	json_free(line);
	arena_reset(&applier->arena);
	return rc;
}

/* People in the plan: all lines but the head and the hash. */
static size_t
count_people(FILE *plan)
{
	size_t lines = 0;
	int c;

	while ((c = getc(plan)) != EOF)
		lines += c == '\n';
	rewind(plan);
	return lines > 2 ? lines - 2 : 0;
}

static int
apply_lines(
    struct applier *applier, FILE *plan, const char *name, struct err *err)
{
	const struct provision *provision = applier->provision;
	size_t done = 0, total = count_people(plan);
	char *line = malloc(PLAN_LINE_MAX);
	int rc = 0;

	if (line == NULL)
		abort();
	while (rc == 0 && fgets(line, PLAN_LINE_MAX, plan) != NULL) {
		rc = apply_line(applier, line, err);
		if (done++ > 0 && done <= total + 1)
			provision->on_progress(
			    provision->context, "applying", done - 1, total);
	}
	free(line);
	return rc == 0 ? 0 : err_in(err, "%s", name);
}

int
provision_apply(const struct provision *provision, FILE *plan, const char *name,
    struct provision_counts *counts, struct err *err)
{
	struct applier applier = {.provision = provision,
	    .counts = counts,
	    .base = provision->people_base};
	int rc;

	rc = plan_verify(plan, name, NULL, err);
	if (rc == 0)
		rc = apply_lines(&applier, plan, name, err);
	arena_reset(&applier.arena);
	return rc;
}
