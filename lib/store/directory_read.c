#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/names.h"

/* --- one search ---------------------------------------------------------- */

/* What the server's verdict means to a search that was answered. */
static int
judge(struct directory *directory, const struct directory_search *search,
    int result, const char *diagnostic, struct err *err)
{
	switch (result) {
	case LDAP_SUCCESS:
	case LDAP_SIZELIMIT_EXCEEDED:
		return 0;
	case LDAP_NO_SUCH_OBJECT:
		if (search->scope == LDAP_SCOPE_BASE)
			return 0;
		return err_set(err, ERR_CONFIG,
		    "directory: %s does not exist or may not be read",
		    search->base);
	default:
		return directory_fail(
		    directory, result, "search", diagnostic, err);
	}
}

int
directory_search_send(struct directory *directory,
    const struct directory_search *search, int *id, struct err *err)
{
	int rc;

	if (directory_begin(directory, err) != 0)
		return -1;
	rc = ldap_search_ext(directory->ld, search->base, search->scope,
	    search->filter, (char **)search->attributes, 0, search->controls,
	    NULL, NULL, search->sizelimit, id);
	directory_end(directory);
	return rc == LDAP_SUCCESS
		   ? 0
		   : directory_fail(directory, rc, "search", NULL, err);
}

int
directory_search_take(struct directory *directory,
    const struct directory_search *search, int id, LDAPMessage **answer,
    int *result, struct err *err)
{
	char *diagnostic = NULL;
	int rc;

	*answer = NULL;
	if (directory_continue(directory, err) != 0)
		return -1;
	rc = directory_wait(directory, id, answer);
	if (rc == LDAP_SUCCESS)
		rc = ldap_parse_result(directory->ld, *answer, result, NULL,
		    &diagnostic, NULL, NULL, 0);
	directory_end(directory);
	if (rc == LDAP_SUCCESS)
		rc = judge(directory, search, *result, diagnostic, err);
	else
		rc = directory_fail(directory, rc, "search", NULL, err);
	ldap_memfree(diagnostic);
	if (rc != 0) {
		ldap_msgfree(*answer);
		*answer = NULL;
	}
	return rc;
}

int
directory_search(struct directory *directory,
    const struct directory_search *search, LDAPMessage **answer, int *result,
    struct err *err)
{
	int id;

	*answer = NULL;
	if (directory_search_send(directory, search, &id, err) != 0)
		return -1;
	return directory_search_take(
	    directory, search, id, answer, result, err);
}

/* --- filters ------------------------------------------------------------- */

static void
add_escaped(struct buf *out, const char *value)
{
	struct berval in = {.bv_len = strlen(value), .bv_val = (char *)value};
	struct berval escaped = {0, NULL};

	if (ldap_bv2escaped_filter_value(&in, &escaped) != 0) {
		out->full = true;
		return;
	}
	buf_add(out, escaped.bv_val, escaped.bv_len);
	ldap_memfree(escaped.bv_val);
}

void
directory_add_test(struct buf *out, const char *attribute, const char *before,
    const char *value, const char *after)
{
	buf_addf(out, "(%s=%s", attribute, before);
	add_escaped(out, value);
	buf_addf(out, "%s)", after);
}

char *
directory_equals(struct arena *arena, const char *attribute, const char *value)
{
	struct buf out;
	char *text;

	/* An escaped octet is three characters. */
	buf_init(&out, strlen(attribute) + 3 * strlen(value) + 8);
	directory_add_test(&out, attribute, "", value, "");
	text = arena_dup_n(arena, buf_text(&out), out.len);
	buf_free(&out);
	return text;
}

/* --- people -------------------------------------------------------------- */

static int
read_people(struct directory *directory, LDAPMessage *answer, size_t max,
    struct arena *arena, struct directory_found *found, struct err *err)
{
	LDAPMessage *entry;

	found->list = arena_array(arena, max, sizeof *found->list);
	for (entry = ldap_first_entry(directory->ld, answer); entry != NULL;
	     entry = ldap_next_entry(directory->ld, entry)) {
		if (found->count == max) {
			found->too_many = true;
			break;
		}
		if (directory_person(directory, entry, arena,
			&found->list[found->count], err) != 0)
			return -1;
		found->count++;
	}
	return 0;
}

int
directory_find(struct directory *directory, const struct buf *tests, size_t max,
    struct arena *arena, struct directory_found *found, struct err *err)
{
	struct directory_search search = {
	    .base = directory->in.conf->base,
	    .scope = LDAP_SCOPE_SUBTREE,
	    .sizelimit = (int)max,
	    .attributes =
		directory_person_attributes(directory->in.attributes, arena),
	};
	LDAPMessage *answer;
	int result, rc;

	memset(found, 0, sizeof *found);
	if (!buf_ok(tests))
		return err_set(
		    err, ERR_INPUT, "directory: too much to look for at once");
	search.filter = arena_printf(
	    arena, "(&%s%s)", directory->in.conf->filter, buf_text(tests));
	if (directory_search(directory, &search, &answer, &result, err) != 0)
		return -1;
	found->too_many = result == LDAP_SIZELIMIT_EXCEEDED;
	rc = read_people(directory, answer, max, arena, found, err);
	ldap_msgfree(answer);
	return rc;
}

/* Everybody who has one of these values in one of these attributes. */
static int
find_values(struct directory *directory, const struct conf_words *names,
    const char *const *values, size_t count, struct arena *arena,
    struct directory_found *found, struct err *err)
{
	struct buf tests;
	size_t i, j;
	int rc;

	memset(found, 0, sizeof *found);
	if (count == 0)
		return 0;
	buf_init(&tests, DIRECTORY_FILTER_MAX);
	buf_add_text(&tests, "(|");
	for (i = 0; i < names->count; i++)
		for (j = 0; j < count; j++)
			directory_add_test(
			    &tests, names->list[i], "", values[j], "");
	buf_add_char(&tests, ')');
	rc = directory_find(
	    directory, &tests, DIRECTORY_PERSONS_MAX, arena, found, err);
	buf_free(&tests);
	return rc;
}

int
directory_find_proof(struct directory *directory, const char *const *values,
    size_t count, struct arena *arena, struct directory_found *found,
    struct err *err)
{
	return find_values(directory, &directory->in.attributes->proof, values,
	    count, arena, found, err);
}

int
directory_find_letter(struct directory *directory, const char *const *values,
    size_t count, struct arena *arena, struct directory_found *found,
    struct err *err)
{
	char *name[] = {(char *)"rentreeLetter", NULL};
	const struct conf_words letter = {.list = name, .count = 1};

	return find_values(
	    directory, &letter, values, count, arena, found, err);
}

/* The one person with attribute = value. */
static enum lookup
find_one(struct directory *directory, const char *attribute, const char *value,
    struct arena *arena, struct person *person, struct err *err)
{
	struct directory_found found;
	struct buf tests;
	int rc;

	buf_init(&tests, DIRECTORY_FILTER_MAX);
	directory_add_test(&tests, attribute, "", value, "");
	rc = directory_find(directory, &tests, 2, arena, &found, err);
	buf_free(&tests);
	if (rc != 0)
		return LOOKUP_FAILED;
	if (found.count == 0)
		return LOOKUP_ABSENT;
	if (found.count > 1) {
		(void)err_set(err, ERR_REFUSED,
		    "directory: several entries have one %s", attribute);
		return LOOKUP_FAILED;
	}
	*person = found.list[0];
	return LOOKUP_FOUND;
}

enum lookup
directory_find_login(struct directory *directory, const char *login,
    struct arena *arena, struct person *person, struct err *err)
{
	const struct conf_words *names = &directory->in.attributes->login;
	enum lookup got = LOOKUP_ABSENT;
	size_t i;

	for (i = 0; i < names->count && got == LOOKUP_ABSENT; i++)
		got = find_one(
		    directory, names->list[i], login, arena, person, err);
	return got;
}

enum lookup
directory_find_mail(struct directory *directory, const char *address,
    struct arena *arena, struct person *person, struct err *err)
{
	struct directory_found found;
	struct buf tests;
	int rc;

	buf_init(&tests, DIRECTORY_FILTER_MAX);
	directory_add_test(&tests, "mail", "", address, "");
	rc = directory_find(directory, &tests, 2, arena, &found, err);
	buf_free(&tests);
	if (rc != 0)
		return LOOKUP_FAILED;
	if (found.count != 1 || found.too_many)
		return LOOKUP_ABSENT;
	*person = found.list[0];
	return LOOKUP_FOUND;
}

enum lookup
directory_find_uuid(struct directory *directory, const char *uuid,
    struct arena *arena, struct person *person, struct err *err)
{
	return find_one(directory, "entryUUID", uuid, arena, person, err);
}

int
directory_find_text(struct directory *directory, const char *text, size_t max,
    struct arena *arena, struct directory_found *found, struct err *err)
{
	const struct conf_words *logins = &directory->in.attributes->login;
	char *typed = text_trim(arena, text);
	const char *key = names_key(arena, typed);
	struct buf tests;
	size_t i;
	int rc;

	memset(found, 0, sizeof *found);
	if (typed[0] == '\0' || max == 0)
		return 0;
	buf_init(&tests, DIRECTORY_FILTER_MAX);
	buf_add_text(&tests, "(|");
	for (i = 0; i < logins->count; i++)
		directory_add_test(&tests, logins->list[i], "", typed, "");
	directory_add_test(&tests, "mail", "", typed, "");
	directory_add_test(&tests, "cn", "*", typed, "*");
	/* One letter is in every name. */
	if (key != NULL && strlen(key) > 1)
		directory_add_test(&tests, "rentreeNameKey", "*", key, "*");
	buf_add_char(&tests, ')');
	rc = directory_find(directory, &tests, max, arena, found, err);
	buf_free(&tests);
	return rc;
}

/* --- one value ----------------------------------------------------------- */

enum lookup
directory_holds(struct directory *directory, const char *dn,
    const char *attribute, const char *value, struct err *err)
{
	static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};
	struct directory_search search = {
	    .base = dn,
	    .scope = LDAP_SCOPE_BASE,
	    .attributes = nothing,
	};
	struct arena arena = {0};
	LDAPMessage *answer;
	bool there;
	int result;

	search.filter = directory_equals(&arena, attribute, value);
	result = 0;
	if (directory_search(directory, &search, &answer, &result, err) != 0) {
		arena_reset(&arena);
		return LOOKUP_FAILED;
	}
	there = ldap_first_entry(directory->ld, answer) != NULL;
	ldap_msgfree(answer);
	arena_reset(&arena);
	return there ? LOOKUP_FOUND : LOOKUP_ABSENT;
}
