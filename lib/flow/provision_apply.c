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

/* --- creations ------------------------------------------------------------ */

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
is_ours(struct applier *applier, const char *dn, const char *source,
    struct err *err)
{
	return directory_holds(
	    applier->provision->directory, dn, "rentreeSource", source, err);
}

/* FOUND: the name is this person's, now or already. ABSENT: somebody else's. */
static enum lookup
reserve(struct applier *applier, const char *source, const char *name,
    struct err *err)
{
	const struct provision *provision = applier->provision;
	const char *classes[] = {"rentreeReservation", NULL};
	const char *names[] = {name, NULL};
	const char *sources[] = {source, NULL};
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
	return is_ours(applier, dn, source, err);
}

static enum lookup
reserve_all(struct applier *applier, const struct json *list,
    const char *source, struct err *err)
{
	for (size_t i = 0; i < json_size(list); i++) {
		enum lookup reserved =
		    reserve(applier, source, json_text_at(list, i), err);

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
	return is_ours(applier, creation->dn, creation->source, err);
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
tell_conflict(struct applier *applier, const char *login, const char *what)
{
	applier->counts->conflicts++;
	applier->provision->on_line(applier->provision->context,
	    arena_printf(
		&applier->arena, "%s: %s; make a new plan", login, what));
}

static const char name_taken[] =
    "not done: a name of this plan was given to somebody else since";

static int
create(
    struct applier *applier, const struct creation *creation, struct err *err)
{
	bool fresh = false;
	enum lookup done =
	    reserve_all(applier, creation->names, creation->source, err);

	if (done == LOOKUP_FOUND)
		done = add_person(applier, creation, &fresh, err);
	if (done == LOOKUP_FAILED)
		return err_in(err, "%s", creation->login);
	if (done == LOOKUP_ABSENT) {
		tell_conflict(applier, creation->login, name_taken);
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

/* --- changes -------------------------------------------------------------- */

static bool
has_value(const struct json *values, const char *value)
{
	for (size_t i = 0; i < json_size(values); i++)
		if (strcmp(json_text_at(values, i), value) == 0)
			return true;
	return false;
}

/* The values of one list that the other has not, NULL-terminated. */
static const char **
only_in(
    struct applier *applier, const struct json *list, const struct json *other)
{
	size_t n = 0;
	const char **found =
	    arena_array(&applier->arena, json_size(list) + 1, sizeof *found);

	for (size_t i = 0; i < json_size(list); i++)
		if (!has_value(other, json_text_at(list, i)))
			found[n++] = json_text_at(list, i);
	return found;
}

/* Values by name, so that the Modify fails when they are not as they were. */
static size_t
changes_of(struct applier *applier, const struct plan_change *change,
    struct change **list)
{
	size_t count = 0;

	*list = arena_array(
	    &applier->arena, 2 * json_size(change->before), sizeof **list);
	for (size_t i = 0; i < json_size(change->before); i++) {
		const struct json *before = json_at(change->before, i);
		const struct json *after = json_at(change->after, i);
		const struct json *old = json_get(before, "values");
		const struct json *new = json_get(after, "values");
		const char *name = json_get_text(before, "name");
		const char **gone = only_in(applier, old, new);
		const char **come = only_in(applier, new, old);

		if (gone[0] != NULL)
			(*list)[count++] =
			    (struct change){CHANGE_DELETE, name, gone};
		if (come[0] != NULL)
			(*list)[count++] =
			    (struct change){CHANGE_ADD, name, come};
	}
	return count;
}

/* An earlier run of this plan may have made the change: FOUND. */
static enum lookup
is_changed(struct applier *applier, const struct plan_change *change,
    const struct change *list, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; list[i].values[j] != NULL; j++) {
			enum lookup held = directory_holds(
			    applier->provision->directory, change->dn,
			    list[i].attribute, list[i].values[j], err);

			if (held == LOOKUP_FAILED)
				return LOOKUP_FAILED;
			if ((held == LOOKUP_FOUND) !=
			    (list[i].verb == CHANGE_ADD))
				return LOOKUP_ABSENT;
		}
	return LOOKUP_FOUND;
}

/* The same entry, and still without what it had not. */
static const char *
assertion_of(struct applier *applier, const struct plan_change *change)
{
	const char *filter =
	    arena_printf(&applier->arena, "(entryUUID=%s)", change->uuid);

	for (size_t i = 0; i < json_size(change->before); i++) {
		const struct json *item = json_at(change->before, i);

		if (json_size(json_get(item, "values")) == 0)
			filter = arena_printf(&applier->arena, "%s(!(%s=*))",
			    filter, json_get_text(item, "name"));
	}
	return arena_printf(&applier->arena, "(&%s)", filter);
}

static enum lookup
modify(struct applier *applier, const struct plan_change *change, bool *fresh,
    struct err *err)
{
	struct change *list;
	size_t count = changes_of(applier, change, &list);
	enum lookup done = directory_change(applier->provision->directory,
	    change->dn, list, count, assertion_of(applier, change), err);

	*fresh = done == LOOKUP_FOUND;
	if (done != LOOKUP_FAILED || err->kind != ERR_REFUSED)
		return done;
	return is_changed(applier, change, list, count, err);
}

static int
apply_change(struct applier *applier, const struct json *line, struct err *err)
{
	struct plan_change change;
	bool fresh = false;
	enum lookup done;

	if (plan_read_change(line, &change, err) != 0)
		return -1;
	done = reserve_all(applier, change.names, change.source, err);
	if (done == LOOKUP_ABSENT) {
		tell_conflict(applier, change.login, name_taken);
		return 0;
	}
	if (done == LOOKUP_FOUND)
		done = modify(applier, &change, &fresh, err);
	if (done == LOOKUP_FAILED)
		return err_in(err, "%s", change.login);
	if (done == LOOKUP_ABSENT)
		tell_conflict(applier, change.login,
		    "not changed: the account is not what it was when the "
		    "plan was made");
	else if (fresh)
		applier->counts->changed++;
	else
		applier->counts->unchanged++;
	return 0;
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
	} else if (json_get_text(line, "change") != NULL) {
		rc = apply_change(applier, line, err);
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
