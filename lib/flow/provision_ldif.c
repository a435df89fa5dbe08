/* A plan for ldapmodify and slapadd. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/ldif.h"
#include "lib/flow/provision.h"
#include "lib/store/directory.h"

struct printer {
	const struct ldif_input *input;
	FILE *out;
	struct arena arena; /* of one line */
};

/* --- creations ------------------------------------------------------------ */

static const struct json *
values_of(const struct json *attributes, const char *wanted)
{
	for (size_t i = 0; i < json_size(attributes); i++) {
		const struct json *item = json_at(attributes, i);
		const char *name = json_get_text(item, "name");

		if (name != NULL && strcmp(name, wanted) == 0)
			return json_get(item, "values");
	}
	return NULL;
}

static const char *const *
texts_of(struct printer *printer, const struct json *list)
{
	const char **texts =
	    arena_array(&printer->arena, json_size(list) + 1, sizeof *texts);

	for (size_t i = 0; i < json_size(list); i++)
		texts[i] = json_text_at(list, i);
	return texts;
}

/* The name goes before the person, as in provision_apply(). */
static void
print_reservations(struct printer *printer, const struct json *line,
    const char *const *sources)
{
	struct arena *arena = &printer->arena;
	const struct json *names = json_get(line, "names");
	const char *mark = json_get_text(line, "mark");

	for (size_t i = 0; i < json_size(names); i++) {
		const char *name = json_text_at(names, i);

		ldif_value(printer->out, arena, "dn",
		    directory_dn(arena, "rentreeLogin", name,
			printer->input->registry_base));
		if (printer->input->style == LDIF_CHANGES)
			ldif_line(printer->out, "changetype: add");
		ldif_line(printer->out, "objectClass: rentreeReservation");
		ldif_value(printer->out, arena, "rentreeLogin", name);
		for (size_t j = 0; sources[j] != NULL; j++)
			ldif_value(
			    printer->out, arena, "rentreeSource", sources[j]);
		if (mark != NULL)
			ldif_value(printer->out, arena, "description", mark);
		ldif_line(printer->out, "");
	}
}

static char *
person_dn(struct printer *printer, const char *login)
{
	return directory_dn(
	    &printer->arena, "uid", login, printer->input->people_base);
}

static void
print_person(
    struct printer *printer, const struct json *line, const char *login)
{
	struct arena *arena = &printer->arena;
	const struct json *attributes = json_get(line, "attributes");

	ldif_value(printer->out, arena, "dn", person_dn(printer, login));
	if (printer->input->style == LDIF_CHANGES)
		ldif_line(printer->out, "changetype: add");
	for (size_t i = 0; i < json_size(attributes); i++) {
		const struct json *item = json_at(attributes, i);
		const struct json *values = json_get(item, "values");

		for (size_t j = 0; j < json_size(values); j++)
			ldif_value(printer->out, arena,
			    json_get_text(item, "name"),
			    json_text_at(values, j));
	}
	ldif_line(printer->out, "");
}

/* An Assertion control (RFC 4528) of (!(rentreeActivated=*)) in BER: what
 * somebody has taken into use is not undone unseen. */
#define UNLESS_ACTIVATED                                                       \
	"control: 1.3.6.1.1.12 true:: ohKHEHJlbnRyZWVBY3RpdmF0ZWQ="

/* The names stay given out: they are nobody else's, whatever is undone. */
static void
print_creation(
    struct printer *printer, const struct json *line, const char *login)
{
	if (printer->input->style == LDIF_INVERSE) {
		ldif_value(printer->out, &printer->arena, "dn",
		    person_dn(printer, login));
		ldif_line(printer->out, UNLESS_ACTIVATED);
		ldif_line(printer->out, "changetype: delete");
		ldif_line(printer->out, "");
		return;
	}
	print_reservations(printer, line,
	    texts_of(printer,
		values_of(json_get(line, "attributes"), "rentreeSource")));
	print_person(printer, line, login);
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

/* The values of one list that the other has not: verb them. */
static void
print_difference(struct printer *printer, const char *verb, const char *name,
    const struct json *list, const struct json *other)
{
	bool any = false;

	for (size_t i = 0; i < json_size(list); i++) {
		const char *value = json_text_at(list, i);

		if (has_value(other, value))
			continue;
		if (!any)
			ldif_value(printer->out, &printer->arena, verb, name);
		any = true;
		ldif_value(printer->out, &printer->arena, name, value);
	}
	if (any)
		ldif_line(printer->out, "-");
}

/* Values by name: an entry that is not as it was refuses the change. */
static void
print_change(struct printer *printer, const struct json *line)
{
	bool back = printer->input->style == LDIF_INVERSE;
	const struct json *from = json_get(line, back ? "after" : "before");
	const struct json *to = json_get(line, back ? "before" : "after");

	const char *const owner[] = {json_get_text(line, "source"), NULL};

	if (!back)
		print_reservations(printer, line, owner);
	ldif_value(
	    printer->out, &printer->arena, "dn", json_get_text(line, "dn"));
	ldif_line(printer->out, "changetype: modify");
	for (size_t i = 0; i < json_size(from) && i < json_size(to); i++) {
		const char *name = json_get_text(json_at(from, i), "name");
		const struct json *old = json_get(json_at(from, i), "values");
		const struct json *new = json_get(json_at(to, i), "values");

		print_difference(printer, "delete", name, old, new);
		print_difference(printer, "add", name, new, old);
	}
	ldif_line(printer->out, "");
}

/* --- the plan ------------------------------------------------------------- */

static int
print_line(struct printer *printer, const char *text, struct err *err)
{
	struct json *line = json_parse(text, strlen(text), err);
	const char *login;

	if (line == NULL)
		return -1;
	login = json_get_text(line, "create");
	if (login != NULL &&
	    values_of(json_get(line, "attributes"), "rentreeSource") != NULL)
		print_creation(printer, line, login);
	else if (json_get_text(line, "change") != NULL &&
		 json_get_text(line, "dn") != NULL &&
		 printer->input->style != LDIF_ENTRIES)
		print_change(printer, line);
	json_free(line);
	arena_reset(&printer->arena);
	return 0;
}

/* Where each line begins; what was done last is undone first. */
static int
print_backwards(
    struct printer *printer, FILE *plan, char *line, struct err *err)
{
	size_t count = 0, room = 0;
	long *starts = NULL;
	int rc = 0;

	do {
		if (count == room) {
			room = room == 0 ? 1024 : 2 * room;
			starts = reallocarray(starts, room, sizeof *starts);
			if (starts == NULL)
				err_no_memory();
		}
		starts[count++] = ftell(plan);
	} while (fgets(line, PLAN_LINE_MAX, plan) != NULL);
	for (count--; rc == 0 && count-- > 0;) {
		if (fseek(plan, starts[count], SEEK_SET) != 0 ||
		    fgets(line, PLAN_LINE_MAX, plan) == NULL)
			rc = err_set(err, ERR_INPUT, "cannot be read");
		else
			rc = print_line(printer, line, err);
	}
	free(starts);
	return rc;
}

int
provision_ldif(FILE *plan, const char *path, const struct ldif_input *input,
    FILE *out, struct err *err)
{
	struct printer printer = {.input = input, .out = out};
	char *line;
	int rc = 0;

	if (plan_verify(plan, path, NULL, err) != 0)
		return -1;
	line = malloc(PLAN_LINE_MAX);
	if (line == NULL)
		err_no_memory();
	/* No "version: 1": slapadd takes it for an entry without a name. */
	if (input->style == LDIF_INVERSE)
		rc = print_backwards(&printer, plan, line, err);
	else
		while (rc == 0 && fgets(line, PLAN_LINE_MAX, plan) != NULL)
			rc = print_line(&printer, line, err);
	free(line);
	return rc != 0 ? err_in(err, "%s", path) : 0;
}
