/* An entry of the directory, in the words of the house. */
#include "lib/store/directory_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/address.h"

/* --- which attributes ---------------------------------------------------- */

enum { MAPPED = 11, COUNT_MAX = 1000000 };

static const char *const fixed_attributes[] = {"cn", "mail",
    "preferredLanguage", "mailLocalAddress", "mailAlternateAddress",
    "rentreeSource", "rentreeRecoveryMailPending", "rentreeStateEnd",
    "rentreeMailRefused", "rentreeInvited", "rentreeInvitations",
    "rentreeActivated", "rentreeDisowned", "rentreeLetter", "rentreeLetterEnd",
    "rentreeCodeEnd", "rentreeReissued", "entryUUID", "entryCSN",
    "pwdChangedTime", "pwdAccountLockedTime", "pwdEndTime"};

static void
list_mapped(
    const struct attributes_conf *names, const struct conf_words *list[MAPPED])
{
	size_t n = 0;

	list[n++] = &names->login;
	list[n++] = &names->proof;
	list[n++] = &names->birth_date;
	list[n++] = &names->family_name;
	list[n++] = &names->birth_name;
	list[n++] = &names->given_name;
	list[n++] = &names->given_names;
	list[n++] = &names->recovery_mail;
	list[n++] = &names->kind;
	list[n++] = &names->state;
	list[n++] = &names->establishment;
}

const char *const *
directory_person_attributes(
    const struct attributes_conf *names, struct arena *arena)
{
	const struct conf_words *mapped[MAPPED];
	size_t i, j, n = 0, count = COUNT_OF(fixed_attributes) + 1;
	const char **list;

	list_mapped(names, mapped);
	for (i = 0; i < MAPPED; i++)
		count += mapped[i]->count;
	list = arena_array(arena, count, sizeof *list);
	for (i = 0; i < COUNT_OF(fixed_attributes); i++)
		list[n++] = fixed_attributes[i];
	for (i = 0; i < MAPPED; i++)
		for (j = 0; j < mapped[i]->count; j++)
			list[n++] = mapped[i]->list[j];
	return list;
}

/* --- reading values ------------------------------------------------------ */

/* One entry being read. */
struct reading {
	struct directory *directory;
	LDAPMessage *entry;
	struct arena *arena;
};

char **
directory_values(struct directory *directory, LDAPMessage *entry,
    const char *attribute, size_t max, struct arena *arena)
{
	struct berval **raw =
	    ldap_get_values_len(directory->ld, entry, attribute);
	size_t i, n = 0, count = (size_t)ldap_count_values_len(raw);
	char **values;

	if (count > max)
		count = max;
	values = arena_array(arena, count + 1, sizeof *values);
	for (i = 0; i < count; i++)
		if (raw[i]->bv_len > 0 &&
		    text_is_clean(raw[i]->bv_val, raw[i]->bv_len))
			values[n++] =
			    arena_dup_n(arena, raw[i]->bv_val, raw[i]->bv_len);
	if (raw != NULL)
		ldap_value_free_len(raw);
	return values;
}

static char **
values_of(const struct reading *in, const char *attribute)
{
	return directory_values(in->directory, in->entry, attribute,
	    DIRECTORY_VALUES_MAX, in->arena);
}

static const char *
value_of(const struct reading *in, const char *attribute)
{
	return values_of(in, attribute)[0];
}

/* The first attribute of names that has a value. */
static char **
mapped_values(const struct reading *in, const struct conf_words *names)
{
	char **values = arena_array(in->arena, 1, sizeof *values);
	size_t i;

	for (i = 0; i < names->count && values[0] == NULL; i++)
		values = values_of(in, names->list[i]);
	return values;
}

static const char *
mapped_value(const struct reading *in, const struct conf_words *names)
{
	return mapped_values(in, names)[0];
}

/* A time; 0 when absent. One that cannot be read is long ago: an account whose
 * end nobody understands is not open. */
static int64_t
time_of(const struct reading *in, const char *attribute)
{
	const char *value = value_of(in, attribute);
	int64_t ms;

	if (value == NULL)
		return 0;
	return clock_from_generalized(value, &ms) && ms != 0 ? ms : 1;
}

/* 0: there is none, or it is no number. */
static long
count_of(const struct reading *in, const char *attribute)
{
	const char *value = value_of(in, attribute);
	long count;

	return value != NULL && text_to_long(value, 0, COUNT_MAX, &count)
		   ? count
		   : 0;
}

/* --- SupAnn's labels ----------------------------------------------------- */

enum { LABEL = 16 };

/* "{LABEL}rest": the label in label, rest returned. Without a label the whole
 * value and "". */
static const char *
split_label(const char *value, char label[LABEL])
{
	const char *end = value[0] == '{' ? strchr(value, '}') : NULL;

	if (end == NULL) {
		label[0] = '\0';
		return value;
	}
	if (!text_format(
		label, LABEL, "%.*s", (int)(end - value - 1), value + 1))
		label[0] = '?';
	return end + 1;
}

/* Every proof of every mapped attribute: directory_find_proof() looks in all
 * of them, too. */
static char **
proofs_of(const struct reading *in, const struct conf_words *names)
{
	char **list, **values;
	size_t i, j, n = 0;

	list = arena_array(
	    in->arena, names->count * DIRECTORY_VALUES_MAX + 1, sizeof *list);
	for (i = 0; i < names->count; i++) {
		values = values_of(in, names->list[i]);
		for (j = 0; values[j] != NULL; j++)
			list[n++] = values[j];
	}
	return list;
}

/* Further delivery addresses, where the directory has such attributes (RFC
 * 4524 has none: inetLocalMailRecipient, qmail) and we may read them. */
static char **
aliases_of(const struct reading *in)
{
	static const char *const names[] = {
	    "mailLocalAddress", "mailAlternateAddress"};
	char **list = arena_array(in->arena,
	    COUNT_OF(names) * DIRECTORY_VALUES_MAX + 1, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char **values = values_of(in, names[i]);

		for (size_t j = 0; values[j] != NULL; j++)
			list[n++] = values[j];
	}
	return list;
}

/* {UAI}0597239Y or 0597239Y; other labels are other registers. */
static char **
establishments_of(const struct reading *in, const struct conf_words *names)
{
	char **values = mapped_values(in, names);
	char label[LABEL];
	const char *rest;
	size_t i, n = 0;

	for (i = 0; values[i] != NULL; i++) {
		rest = split_label(values[i], label);
		if (label[0] == '\0' || text_equal_nocase(label, "UAI"))
			values[n++] = arena_dup(in->arena, rest);
	}
	values[n] = NULL;
	return values;
}

/* The state of the account among those of other resources ({MAIL}…). When two
 * values speak of the account, the one that closes it counts. */
static const char *
state_of(const struct reading *in, const struct conf_words *names)
{
	char **values = mapped_values(in, names);
	const char *state = NULL, *rest;
	char label[LABEL];
	size_t i;

	for (i = 0; values[i] != NULL; i++) {
		rest = split_label(values[i], label);
		if (label[0] != '\0' && !text_equal_nocase(label, "COMPTE"))
			continue;
		if (state == NULL || (rest[0] != 'A' && rest[0] != 'a'))
			state = values[i];
	}
	return state;
}

/* How good a labelled address is as a rescue address; -1 is never. */
static int
rank_of(const char *label)
{
	if (text_equal_nocase(label, "SECOURS"))
		return 0;
	if (text_equal_nocase(label, "PERSO"))
		return 1;
	return label[0] == '\0' ? 2 : -1;
}

enum { RANKS = 3 };

static const char *
recovery_mail_of(const struct reading *in, const struct conf_words *names)
{
	const struct conf_words *own = in->directory->in.own_domains;
	const char *best[RANKS], *rest, *address;
	char **values, label[LABEL];
	size_t i, j;
	int rank;

	for (i = 0; i < names->count; i++) {
		memset(best, 0, sizeof best);
		values = values_of(in, names->list[i]);
		for (j = 0; values[j] != NULL; j++) {
			rest = split_label(values[j], label);
			rank = rank_of(label);
			address = address_parse(in->arena, rest);
			if (rank < 0 || address == NULL ||
			    address_is_in(
				address, (const char *const *)own->list))
				continue;
			if (best[rank] == NULL)
				best[rank] = address;
		}
		for (rank = 0; rank < RANKS; rank++)
			if (best[rank] != NULL)
				return best[rank];
	}
	return NULL;
}

/* "<time>$<address>": counts from that time on. */
static const char *
due_mail_of(const struct reading *in, const char *pending)
{
	const struct conf_words *own = in->directory->in.own_domains;
	const char *mark = pending != NULL ? strchr(pending, '$') : NULL;
	const char *address;
	int64_t due_ms;

	if (mark == NULL ||
	    !clock_from_generalized(
		arena_dup_n(in->arena, pending, (size_t)(mark - pending)),
		&due_ms) ||
	    due_ms > clock_now_ms())
		return NULL;
	address = address_parse(in->arena, mark + 1);
	if (address == NULL ||
	    address_is_in(address, (const char *const *)own->list))
		return NULL;
	return address;
}

static const char *
language_of(const struct reading *in)
{
	const char *wanted = value_of(in, "preferredLanguage");

	/* RFC 2798: an Accept-Language list; the first one will do. */
	if (wanted == NULL)
		return NULL;
	if (strncasecmp(wanted, "fr", 2) == 0)
		return "fr";
	return strncasecmp(wanted, "en", 2) == 0 ? "en" : NULL;
}

/* --- the person ---------------------------------------------------------- */

static void
read_names(const struct reading *in, struct person *person)
{
	const struct attributes_conf *names = in->directory->in.attributes;

	person->login = mapped_value(in, &names->login);
	person->display = value_of(in, "cn");
	person->family = mapped_value(in, &names->family_name);
	person->birth_family = mapped_value(in, &names->birth_name);
	person->given = mapped_value(in, &names->given_name);
	person->all_given = mapped_value(in, &names->given_names);
	person->mails = values_of(in, "mail");
	person->aliases = aliases_of(in);
	person->proofs = proofs_of(in, &names->proof);
	person->sources = values_of(in, "rentreeSource");
	person->birth = mapped_value(in, &names->birth_date);
	person->kinds = mapped_values(in, &names->kind);
	person->establishments = establishments_of(in, &names->establishment);
	person->language = language_of(in);
}

static void
read_account(const struct reading *in, struct person *person)
{
	const struct attributes_conf *names = in->directory->in.attributes;
	const char *lock = value_of(in, "pwdAccountLockedTime");
	const char *changed = value_of(in, "pwdChangedTime");
	const char *csn = value_of(in, "entryCSN");
	const char *due;

	person->recovery_mail = recovery_mail_of(in, &names->recovery_mail);
	person->recovery_pending = value_of(in, "rentreeRecoveryMailPending");
	due = due_mail_of(in, person->recovery_pending);
	if (due != NULL) {
		person->recovery_mail = due;
		person->recovery_is_due = true;
	}
	person->facts.state = state_of(in, &names->state);
	person->facts.state_end_ms = time_of(in, "rentreeStateEnd");
	person->facts.pwd_end_ms = time_of(in, "pwdEndTime");
	/* Any lock of the year 0 is an administrator's: no failed bind wrote
	 * it. */
	person->facts.admin_lock =
	    lock != NULL && text_has_prefix(lock, "0000");
	if (lock != NULL && !person->facts.admin_lock)
		person->locked_ms = time_of(in, "pwdAccountLockedTime");
	person->pwd_changed = changed != NULL ? changed : "";
	person->entry_csn = csn != NULL ? csn : "";
	person->mail_refused = value_of(in, "rentreeMailRefused");
	person->invited_ms = time_of(in, "rentreeInvited");
	person->invitations = count_of(in, "rentreeInvitations");
	person->activated_ms = time_of(in, "rentreeActivated");
	person->disowned_ms = time_of(in, "rentreeDisowned");
	person->letter = value_of(in, "rentreeLetter");
	person->letter_end_ms = time_of(in, "rentreeLetterEnd");
	person->code_end_ms = time_of(in, "rentreeCodeEnd");
	person->reissued_ms = time_of(in, "rentreeReissued");
	person->has_password = changed != NULL || person->activated_ms != 0;
}

int
directory_person(struct directory *directory, LDAPMessage *entry,
    struct arena *arena, struct person *person, struct err *err)
{
	const struct reading in = {directory, entry, arena};
	const char *uuid = value_of(&in, "entryUUID");
	char *dn = ldap_get_dn(directory->ld, entry);

	memset(person, 0, sizeof *person);
	if (dn != NULL)
		person->dn = arena_dup(arena, dn);
	ldap_memfree(dn);
	read_names(&in, person);
	read_account(&in, person);
	if (person->dn == NULL || person->login == NULL || uuid == NULL ||
	    !text_format(person->uuid, sizeof person->uuid, "%s", uuid))
		return err_set(err, ERR_CONFIG,
		    "directory: an entry has no login or no entryUUID that "
		    "may be read");
	return 0;
}
