#include "lib/store/directory_internal.h"

#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"

enum { NO_PLACE = -1, WIDTH_MAX = 64 };

/*
 * A sweep on its way from page to page (RFC 2696). The next page is asked for
 * before the one at hand is given, so that server and caller work at the same
 * time: two pages are in memory at most.
 */
struct sweep {
	struct directory *directory;
	struct directory_search search;
	int (*on_entry)(const struct directory_entry *, void *, struct err *);
	void *context;
	struct berval *cookie; /* NULL before the first page */
	unsigned long generation;
	int id;         /* of the page that was asked for */
	size_t count;   /* of attributes */
	size_t *as;     /* the first attribute of the same name */
	char **nothing; /* no values */
	struct arena own, row;
	/* Most entries have the same attributes in the same order: where the
	 * n-th of the last one belonged. */
	int guess[WIDTH_MAX];
};

static void
prepare(struct sweep *sweep)
{
	const char *const *names = sweep->search.attributes;

	while (names[sweep->count] != NULL)
		sweep->count++;
	sweep->as = arena_array(&sweep->own, sweep->count, sizeof *sweep->as);
	sweep->nothing = arena_array(&sweep->own, 1, sizeof(char *));
	for (size_t i = 0; i < sweep->count; i++)
		while (!text_equal_nocase(names[sweep->as[i]], names[i]))
			sweep->as[i]++;
	for (size_t i = 0; i < WIDTH_MAX; i++)
		sweep->guess[i] = NO_PLACE;
}

/* --- entries -------------------------------------------------------------- */

static bool
is_named(const struct sweep *sweep, int place, const struct berval *name)
{
	const char *wanted;

	if (place == NO_PLACE)
		return false;
	wanted = sweep->search.attributes[place];
	return strlen(wanted) == name->bv_len &&
	       strncasecmp(wanted, name->bv_val, name->bv_len) == 0;
}

/* Where the nth attribute of an entry belongs. */
static int
place_of(struct sweep *sweep, size_t nth, const struct berval *name)
{
	int *guess = &sweep->guess[nth < WIDTH_MAX ? nth : WIDTH_MAX - 1];

	if (is_named(sweep, *guess, name))
		return *guess;
	for (size_t i = 0; i < sweep->count; i++)
		if (is_named(sweep, (int)i, name)) {
			*guess = (int)i;
			return *guess;
		}
	return NO_PLACE;
}

static char **
copy_values(const struct berval *raw, struct arena *arena)
{
	size_t count = 0, n = 0;
	char **values;

	while (raw != NULL && raw[count].bv_val != NULL)
		count++;
	values = arena_array(arena, count + 1, sizeof *values);
	for (size_t i = 0; i < count; i++)
		if (raw[i].bv_len > 0 &&
		    text_is_clean(raw[i].bv_val, raw[i].bv_len))
			values[n++] =
			    arena_dup_n(arena, raw[i].bv_val, raw[i].bv_len);
	return values;
}

/* In one pass over what the server sent: looking for each attribute by name
 * cost more than all the rest of a sweep. */
static int
read_entry(
    struct sweep *sweep, LDAPMessage *message, struct directory_entry *entry)
{
	LDAP *ld = sweep->directory->ld;
	struct berval name = {0, NULL}, *raw = NULL;
	BerElement *ber = NULL;
	int rc = ldap_get_dn_ber(ld, message, &ber, &name);

	entry->dn = arena_dup_n(
	    &sweep->row, name.bv_val != NULL ? name.bv_val : "", name.bv_len);
	for (size_t nth = 0; rc == LDAP_SUCCESS; nth++) {
		int place;

		raw = NULL;
		rc = ldap_get_attribute_ber(ld, message, ber, &name, &raw);
		if (rc != LDAP_SUCCESS || name.bv_val == NULL)
			break;
		place = place_of(sweep, nth, &name);
		if (place != NO_PLACE)
			entry->values[place] = copy_values(raw, &sweep->row);
		ber_memfree(raw);
	}
	ber_free(ber, 0);
	return rc;
}

static int
give_entry(struct sweep *sweep, LDAPMessage *message, struct err *err)
{
	struct directory_entry entry;
	int rc;

	entry.values =
	    arena_array(&sweep->row, sweep->count + 1, sizeof *entry.values);
	for (size_t i = 0; i < sweep->count; i++)
		entry.values[i] = sweep->nothing;
	rc = read_entry(sweep, message, &entry);
	if (rc != LDAP_SUCCESS)
		return directory_fail(sweep->directory, rc, "sweep", NULL, err);
	for (size_t i = 0; i < sweep->count; i++)
		entry.values[i] = entry.values[sweep->as[i]];
	rc = sweep->on_entry(&entry, sweep->context, err);
	arena_reuse(&sweep->row);
	return rc;
}

/* --- pages ---------------------------------------------------------------- */

/* Takes the cookie of the next page; empty at the end. */
static int
next_cookie(struct sweep *sweep, LDAPMessage *answer)
{
	LDAP *ld = sweep->directory->ld;
	LDAPControl **controls = NULL, *page;
	struct berval cookie = {0, NULL};
	ber_int_t estimate;
	int result, rc;

	rc = ldap_parse_result(
	    ld, answer, &result, NULL, NULL, NULL, &controls, 0);
	if (rc != LDAP_SUCCESS)
		return rc;
	page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (page != NULL)
		rc = ldap_parse_pageresponse_control(
		    ld, page, &estimate, &cookie);
	ber_bvfree(sweep->cookie);
	sweep->cookie = ber_bvdup(&cookie);
	ldap_memfree(cookie.bv_val);
	ldap_controls_free(controls);
	return rc;
}

static int
give_page(struct sweep *sweep, LDAPMessage *answer, struct err *err)
{
	LDAPMessage *entry;

	/* on_entry may use the connection, and lose it: the list is already
	 * whole, but reading it needs a handle. */
	for (entry = ldap_first_entry(sweep->directory->ld, answer);
	     entry != NULL;
	     entry = ldap_next_entry(sweep->directory->ld, entry)) {
		if (give_entry(sweep, entry, err) != 0)
			return -1;
		if (sweep->directory->ld == NULL)
			return err_set(err, ERR_UNAVAILABLE,
			    "directory: the connection was lost in the "
			    "middle of reading");
	}
	return 0;
}

/* The server keeps the place per connection. */
static int
ask_page(struct sweep *sweep, struct err *err)
{
	struct directory *directory = sweep->directory;
	LDAPControl *controls[] = {NULL, NULL};
	int rc;

	/* Connects, so that there is a handle to make a control with. */
	if (directory_begin(directory, err) != 0)
		return -1;
	directory_end(directory);
	rc = ldap_create_page_control(
	    directory->ld, DIRECTORY_PAGE, sweep->cookie, 1, &controls[0]);
	if (rc != LDAP_SUCCESS)
		return directory_fail(directory, rc, "sweep", NULL, err);
	sweep->search.controls = controls;
	rc = directory_search_send(directory, &sweep->search, &sweep->id, err);
	sweep->search.controls = NULL;
	ldap_control_free(controls[0]);
	directory->is_ahead = rc == 0;
	sweep->generation = directory->generation;
	return rc;
}

static int
take_page(struct sweep *sweep, LDAPMessage **answer, struct err *err)
{
	struct directory *directory = sweep->directory;
	int result, rc;

	directory->is_ahead = false;
	if (sweep->generation != directory->generation)
		return err_set(err, ERR_UNAVAILABLE,
		    "directory: the connection was lost in the middle of "
		    "reading");
	if (directory_search_take(directory, &sweep->search, sweep->id, answer,
		&result, err) != 0)
		return -1;
	rc = result == LDAP_SUCCESS ? next_cookie(sweep, *answer) : result;
	return rc == LDAP_SUCCESS
		   ? 0
		   : directory_fail(directory, rc, "sweep", NULL, err);
}

static bool
is_last(const struct sweep *sweep)
{
	return sweep->cookie == NULL || sweep->cookie->bv_len == 0;
}

static int
read_page(struct sweep *sweep, struct err *err)
{
	LDAPMessage *answer = NULL;
	int rc = take_page(sweep, &answer, err);

	if (rc == 0 && !is_last(sweep))
		rc = ask_page(sweep, err);
	if (rc == 0)
		rc = give_page(sweep, answer, err);
	ldap_msgfree(answer);
	return rc;
}

/* What was asked for and is not wanted any more comes all the same. */
static void
forget_page(struct sweep *sweep)
{
	struct directory *directory = sweep->directory;

	if (directory->is_ahead && directory->ld != NULL &&
	    sweep->generation == directory->generation)
		directory_drop(directory);
	directory->is_ahead = false;
}

int
directory_sweep(struct directory *directory, const char *base,
    const char *filter, const char *const *attributes,
    int (*on_entry)(
	const struct directory_entry *entry, void *context, struct err *err),
    void *context, struct err *err)
{
	struct sweep sweep = {
	    .directory = directory,
	    .search =
		{
		    .base = base,
		    .scope = LDAP_SCOPE_SUBTREE,
		    .filter = filter,
		    .attributes = attributes,
		},
	    .on_entry = on_entry,
	    .context = context,
	};
	int rc;

	prepare(&sweep);
	rc = ask_page(&sweep, err);
	while (rc == 0) {
		rc = read_page(&sweep, err);
		if (is_last(&sweep))
			break;
	}
	forget_page(&sweep);
	ber_bvfree(sweep.cookie);
	arena_reset(&sweep.row);
	arena_reset(&sweep.own);
	return rc;
}
