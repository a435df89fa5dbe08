/*
 * `provision ldif`: the creations of a plan as LDIF (RFC 2849), for a first
 * load with slapadd. `provision apply` of the same plan afterwards finds
 * everybody there and sends the invitations.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cmd/cli.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/flow/provision.h"
#include "lib/store/directory.h"

enum { FOLD = 76 };

/* SAFE-STRING of RFC 2849. */
static bool
is_safe(const char *value)
{
	size_t len = strlen(value);

	if (len == 0)
		return true;
	if (strchr(" :<", value[0]) != NULL || value[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] >= 0x80 || value[i] == '\n' ||
		    value[i] == '\r')
			return false;
	return true;
}

static void
print_folded(const char *line)
{
	size_t len = strlen(line), room = FOLD;

	while (len > room) {
		printf("%.*s\n ", (int)room, line);
		line += room;
		len -= room;
		room = FOLD - 1;
	}
	puts(line);
}

static void
print_value(struct arena *arena, const char *name, const char *value)
{
	size_t len = strlen(value), room;
	char *text;

	if (is_safe(value)) {
		print_folded(arena_printf(arena, "%s: %s", name, value));
		return;
	}
	room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
	text = arena_alloc(arena, room);
	(void)sodium_bin2base64(text, room, (const unsigned char *)value, len,
	    sodium_base64_VARIANT_ORIGINAL);
	print_folded(arena_printf(arena, "%s:: %s", name, text));
}

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

/* The name goes before the person, as in provision_apply(). */
static void
print_reservations(
    struct cli *cli, const struct json *line, struct arena *arena)
{
	const struct json *names = json_get(line, "names");
	const char *source = json_text_at(
	    values_of(json_get(line, "attributes"), "rentreeSource"), 0);

	for (size_t i = 0; i < json_size(names); i++) {
		const char *name = json_text_at(names, i);

		print_value(arena, "dn",
		    directory_dn(arena, "rentreeLogin", name,
			cli->settings.provision.registry_base));
		puts("objectClass: rentreeReservation");
		print_value(arena, "rentreeLogin", name);
		print_value(arena, "rentreeSource", source);
		putchar('\n');
	}
}

static void
print_person(struct cli *cli, const struct json *line, const char *login,
    struct arena *arena)
{
	const struct json *attributes = json_get(line, "attributes");

	print_value(arena, "dn",
	    directory_dn(arena, "uid", login, cli->settings.directory.base));
	for (size_t i = 0; i < json_size(attributes); i++) {
		const struct json *item = json_at(attributes, i);
		const struct json *values = json_get(item, "values");

		for (size_t j = 0; j < json_size(values); j++)
			print_value(arena, json_get_text(item, "name"),
			    json_text_at(values, j));
	}
	putchar('\n');
}

static int
print_line(struct cli *cli, const char *text, struct err *err)
{
	struct json *line = json_parse(text, strlen(text), err);
	const struct json *attributes;
	struct arena arena = {0};
	const char *login;

	if (line == NULL)
		return -1;
	login = json_get_text(line, "create");
	attributes = json_get(line, "attributes");
	if (login != NULL && values_of(attributes, "rentreeSource") != NULL) {
		print_reservations(cli, line, &arena);
		print_person(cli, line, login, &arena);
	}
	json_free(line);
	arena_reset(&arena);
	return 0;
}

static int
print_plan(struct cli *cli, FILE *plan, const char *path, struct err *err)
{
	char *line;
	int rc;

	if (plan_verify(plan, path, NULL, err) != 0)
		return -1;
	line = malloc(PLAN_LINE_MAX);
	if (line == NULL)
		err_no_memory();
	/* No "version: 1": slapadd takes it for an entry without a name. */
	rc = 0;
	while (rc == 0 && fgets(line, PLAN_LINE_MAX, plan) != NULL)
		rc = print_line(cli, line, err);
	free(line);
	return rc != 0 ? err_in(err, "%s", path) : 0;
}

int
cli_provision_ldif(struct cli *cli, struct err *err)
{
	const char *path = cli->words[0];
	FILE *plan;
	int rc;

	if (cli->json)
		return cli_usage(cli, "LDIF is not JSON");
	if (cli_settings(cli, err) != 0)
		return -1;
	plan = fopen(path, "re");
	if (plan == NULL)
		return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	rc = print_plan(cli, plan, path, err);
	fclose(plan);
	return rc;
}
