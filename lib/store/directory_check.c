#include "lib/store/directory_check_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { LINE = 512, MANY = 4096 };

void
check_say(struct check *check, const char *verdict, const char *fmt, ...)
{
	char line[LINE];
	va_list args;
	int len = snprintf(line, sizeof line, "%s directory: ", verdict);

	va_start(args, fmt);
	(void)vsnprintf(line + len, sizeof line - (size_t)len, fmt, args);
	va_end(args);
	if (strcmp(verdict, "fail") == 0)
		check->failed = true;
	check->on_line(line, check->context);
}

void
check_say_err(struct check *check, const char *verdict, const struct err *err)
{
	const char *text = err->text;

	if (text_has_prefix(text, "directory: "))
		text += strlen("directory: ");
	check_say(check, verdict, "%s", text);
}

/* --- reading one entry --------------------------------------------------- */

static struct directory_entry
copy_entry(
    struct check *check, LDAPMessage *message, const char *const *attributes)
{
	struct directory *directory = check->directory;
	char *dn = ldap_get_dn(directory->ld, message);
	struct directory_entry entry;
	size_t i, count = 0;

	while (attributes[count] != NULL)
		count++;
	entry.dn = arena_dup(&check->arena, dn != NULL ? dn : "");
	ldap_memfree(dn);
	entry.values =
	    arena_array(&check->arena, count + 1, sizeof *entry.values);
	for (i = 0; i < count; i++)
		entry.values[i] = directory_values(
		    directory, message, attributes[i], MANY, &check->arena);
	return entry;
}

int
check_look(struct check *check, const struct look *look,
    const struct directory_entry **entries)
{
	const struct directory_search search = {
	    .base = look->base,
	    .scope = look->scope,
	    .filter = look->filter,
	    .attributes = look->attributes,
	    .sizelimit = (int)look->max,
	};
	struct directory *directory = check->directory;
	struct directory_entry *list;
	LDAPMessage *answer, *entry;
	struct err err;
	int result, count = 0;

	if (directory_search(directory, &search, &answer, &result, &err) != 0) {
		check_say_err(check, look->verdict, &err);
		return -1;
	}
	list = arena_array(&check->arena, look->max, sizeof *list);
	for (entry = ldap_first_entry(directory->ld, answer);
	     entry != NULL && (size_t)count < look->max;
	     entry = ldap_next_entry(directory->ld, entry))
		list[count++] = copy_entry(check, entry, look->attributes);
	ldap_msgfree(answer);
	*entries = list;
	return count;
}

static bool
has(char *const *list, const char *wanted)
{
	for (; *list != NULL; list++)
		if (text_equal_nocase(*list, wanted))
			return true;
	return false;
}

static bool
mentions(char *const *list, const char *wanted)
{
	for (; *list != NULL; list++)
		if (strcasestr(*list, wanted) != NULL)
			return true;
	return false;
}

/* --- the server ---------------------------------------------------------- */

static void
check_uri(struct check *check, char *uri)
{
	char *list[] = {uri, NULL};
	struct directory_conf conf = *check->directory->in.conf;
	struct directory_input input = check->directory->in;
	struct directory *one;
	struct err err;

	conf.uri = (struct conf_words){.list = list, .count = 1};
	input.conf = &conf;
	one = directory_new(&input);
	if (directory_begin(one, &err) == 0) {
		directory_end(one);
		check_say(check, "ok", "%s: bound as %s%s", uri, input.bind_dn,
		    conf.starttls && text_has_prefix(uri, "ldap://")
			? ", StartTLS"
			: "");
	} else {
		(void)err_in(&err, "%s", uri);
		check_say_err(check, "fail", &err);
	}
	directory_free(one);
}

static void
check_connections(struct check *check)
{
	const struct conf_words *uris = &check->directory->in.conf->uri;
	size_t i;

	for (i = 0; i < uris->count; i++)
		if (i == 0 || !check->directory->in.only_first_uri)
			check_uri(check, uris->list[i]);
}

static int
read_root(struct check *check)
{
	const char *const attributes[] = {"supportedControl",
	    "supportedExtension", "namingContexts", "subschemaSubentry", NULL};
	const struct look root = {
	    "", LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 1, "fail"};
	const char *base = check->directory->in.conf->base;
	const struct directory_entry *entry;
	char **contexts;
	int count = check_look(check, &root, &entry);

	if (count <= 0) {
		if (count == 0)
			check_say(
			    check, "fail", "the root entry may not be read");
		return -1;
	}
	check->has_policy =
	    has(entry->values[0], LDAP_CONTROL_PASSWORDPOLICYREQUEST);
	check->has_assertion = has(entry->values[0], LDAP_CONTROL_ASSERT);
	check->has_exop = has(entry->values[1], LDAP_EXOP_MODIFY_PASSWD);
	check->suffix = base;
	for (contexts = entry->values[2]; *contexts != NULL; contexts++)
		if (text_has_suffix(text_lower(&check->arena, base),
			text_lower(&check->arena, *contexts)))
			check->suffix = *contexts;
	check->subschema =
	    entry->values[3][0] != NULL ? entry->values[3][0] : "cn=subschema";
	return 0;
}

static void
check_schema(struct check *check)
{
	const char *const attributes[] = {"objectClasses", NULL};
	const struct look schema = {check->subschema, LDAP_SCOPE_BASE,
	    "(objectClass=subschema)", attributes, 1, "fail"};
	static const char *const classes[] = {
	    "rentreeAccount", "rentreeReservation"};
	const struct directory_entry *entry;
	size_t i;
	int count = check_look(check, &schema, &entry);

	if (count == 0)
		check_say(check, "warn", "%s may not be read: schema unknown",
		    check->subschema);
	for (i = 0; count > 0 && i < COUNT_OF(classes); i++) {
		char *quoted = arena_printf(&check->arena, "'%s'", classes[i]);

		if (mentions(entry->values[0], quoted))
			check_say(check, "ok", "schema has %s", classes[i]);
		else
			check_say(check, "fail",
			    "schema has no %s: load ldap-schema/rentree.ldif",
			    classes[i]);
	}
}

enum { SOMEBODY = 16 };

/* Whose password is not kept from us, as it may be of who works at the desk. */
static const char *
choose(struct check *check, const struct directory_entry *entries, int count)
{
	struct err err;

	for (int i = 0; check->is_worker && i < count; i++)
		if (directory_probe_write(check->directory, entries[i].dn,
			"userPassword", PROBE_TEXT, &err) != PROBE_DENIED)
			return entries[i].dn;
	return entries[0].dn;
}

static int
find_somebody(struct check *check)
{
	const struct directory_conf *conf = check->directory->in.conf;
	const char *const attributes[] = {"objectClass", NULL};
	const char *const tests[] = {"(objectClass=rentreeAccount)", ""};
	struct look people = {.base = conf->base,
	    .scope = LDAP_SCOPE_SUBTREE,
	    .attributes = attributes,
	    .max = SOMEBODY,
	    .verdict = "fail"};
	const struct directory_entry *entry;
	int count = 0;
	size_t i;

	for (i = 0; i < COUNT_OF(tests) && count == 0; i++) {
		people.filter = arena_printf(
		    &check->arena, "(&%s%s)", conf->filter, tests[i]);
		count = check_look(check, &people, &entry);
		if (count > 0)
			check->person = choose(check, entry, count);
	}
	if (count > 0)
		check_say(check, "ok", "%s can be searched", conf->base);
	if (count == 0)
		check_say(check, "warn",
		    "%s holds nobody that fits filter: rights not tried",
		    conf->base);
	return count < 0 ? -1 : 0;
}

/* Missing, it is no failure: answers only take less equally long. */
static void
check_decoy(struct check *check)
{
	const char *dn = directory_decoy_dn(check->directory, &check->arena);
	struct err err = {0};

	switch (directory_has_decoy(check->directory, &err)) {
	case LOOKUP_FOUND:
		check_say(check, "ok", "decoy %s", dn);
		break;
	case LOOKUP_ABSENT:
		check_say(check, "warn",
		    "no decoy %s: unknown logins may be answered sooner", dn);
		break;
	case LOOKUP_FAILED:
		check_say_err(check, "warn", &err);
		break;
	}
}

/* --- all of it ----------------------------------------------------------- */

static void
check_all(struct check *check)
{
	check_connections(check);
	if (check->failed || read_root(check) != 0)
		return;
	check_schema(check);
	if (check->is_worker) {
		check_password_policy(check);
		check_decoy(check);
	}
	if (find_somebody(check) == 0 && check->person != NULL)
		check_rights(check);
}

int
directory_check(struct directory *directory,
    void (*on_line)(const char *line, void *context), void *context,
    struct err *err)
{
	struct check check = {
	    .directory = directory,
	    .on_line = on_line,
	    .context = context,
	    .is_worker = text_equal_nocase(
		directory->in.bind_dn, directory->in.conf->bind_dn),
	};

	arena_init(&check.arena);
	check_all(&check);
	arena_reset(&check.arena);
	if (!check.failed)
		return 0;
	return err_set(err, ERR_CONFIG, "directory: the check failed");
}
