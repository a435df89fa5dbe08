#include "lib/store/directory_internal.h"

#include "lib/base/arena.h"
#include "lib/base/err.h"

/* A sweep on its way from page to page (RFC 2696). */
struct sweep {
	struct directory *directory;
	struct directory_search search;
	int (*on_entry)(const struct directory_entry *, void *, struct err *);
	void *context;
	struct berval *cookie; /* NULL before the first page */
	unsigned long generation;
};

static size_t
count_attributes(const char *const *attributes)
{
	size_t count = 0;

	while (attributes[count] != NULL)
		count++;
	return count;
}

static int
give_entry(const struct sweep *sweep, LDAPMessage *message, struct err *err)
{
	const char *const *attributes = sweep->search.attributes;
	size_t i, count = count_attributes(attributes);
	LDAP *ld = sweep->directory->ld;
	char *dn = ldap_get_dn(ld, message);
	struct directory_entry entry;
	struct arena arena;
	int rc;

	arena_init(&arena);
	entry.dn = arena_dup(&arena, dn != NULL ? dn : "");
	ldap_memfree(dn);
	entry.values = arena_array(&arena, count + 1, sizeof *entry.values);
	for (i = 0; i < count; i++)
		entry.values[i] = directory_values(sweep->directory, message,
		    attributes[i], SIZE_MAX - 1, &arena);
	rc = sweep->on_entry(&entry, sweep->context, err);
	arena_reset(&arena);
	return rc;
}

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

/* 1: there is another page. */
static int
read_page(struct sweep *sweep, struct err *err)
{
	struct directory *directory = sweep->directory;
	LDAPControl *controls[] = {NULL, NULL};
	LDAPMessage *answer = NULL;
	int result, rc;

	/* The server keeps the place per connection. */
	if (directory_begin(directory, err) != 0)
		return -1;
	directory_end(directory);
	if (sweep->cookie != NULL && sweep->generation != directory->generation)
		return err_set(err, ERR_UNAVAILABLE,
		    "directory: the connection was lost in the middle of "
		    "reading");
	sweep->generation = directory->generation;
	rc = ldap_create_page_control(
	    directory->ld, DIRECTORY_PAGE, sweep->cookie, 1, &controls[0]);
	if (rc != LDAP_SUCCESS)
		return directory_fail(directory, rc, "sweep", NULL, err);
	sweep->search.controls = controls;
	rc = directory_search(directory, &sweep->search, &answer, &result, err);
	ldap_control_free(controls[0]);
	if (rc != 0)
		return -1;
	if (result != LDAP_SUCCESS)
		rc = directory_fail(directory, result, "sweep", NULL, err);
	else if ((rc = next_cookie(sweep, answer)) != LDAP_SUCCESS)
		rc = directory_fail(directory, rc, "sweep", NULL, err);
	if (rc == 0)
		rc = give_page(sweep, answer, err);
	ldap_msgfree(answer);
	if (rc != 0)
		return -1;
	return sweep->cookie->bv_len > 0 ? 1 : 0;
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
	int more;

	do
		more = read_page(&sweep, err);
	while (more == 1);
	ber_bvfree(sweep.cookie);
	return more;
}
