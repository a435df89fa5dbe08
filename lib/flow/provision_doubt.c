/* Who may be whom: people of one name, and questions to the operator. */
#include <string.h>

#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/names.h"

static const char *
first(const struct directory_entry *entry, size_t attribute)
{
	const char *value = entry->values[attribute][0];

	return value != NULL ? value : "";
}

/* --- by name -------------------------------------------------------------- */

/* "{NUMEN}1$…" and "{NUMEN}2$…" have a label in common. */
static enum same_number
compare_numbers(struct planner *planner, const struct seat *seat,
    char *const *theirs, struct arena *arena)
{
	const char *mine[PROVISION_SOURCES_MAX];
	size_t count =
	    provision_sources(planner->provision, seat->person, 0, arena, mine);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; theirs[j] != NULL; j++)
			if (strncmp(mine[i], theirs[j],
				strcspn(mine[i], "}") + 1) == 0)
				return SAME_NUMBER_OTHER;
	return SAME_NUMBER_NONE;
}

enum same_birth
provision_compare_births(struct planner *planner, const struct seat *seat,
    const struct directory_entry *entry)
{
	const struct swept_names *swept = &planner->swept;
	const struct birth *birth = &seat->person->birth;
	struct birth clear, fuller;

	if (entry->values[SWEPT_BIRTH][0] != NULL)
		return digest_birth_agrees(planner->provision->numbers,
			   entry->values[SWEPT_BIRTH][0],
			   entry->values[SWEPT_UID][0], birth, &fuller)
			   ? SAME_BIRTH_EQUAL
			   : SAME_BIRTH_OTHER;
	for (size_t i = swept->clear_birth; i < swept->clear_birth_end; i++)
		if (entry->values[i][0] != NULL &&
		    birth_from_directory(entry->values[i][0], &clear))
			return birth_agrees(&clear, birth) ? SAME_BIRTH_EQUAL
							   : SAME_BIRTH_OTHER;
	return SAME_BIRTH_UNKNOWN;
}

static void
describe(struct planner *planner, const struct seat *seat,
    const struct doubt *doubt, struct moderation_case *one)
{
	const struct feed_person *person = seat->person;

	*one = (struct moderation_case){
	    .name = arena_printf(
		planner->arena, "%s %s", person->given, person->family),
	    .kind = person->kind,
	    .establishment = person->establishments[0] != NULL
				 ? person->establishments[0]
				 : "",
	    .account = doubt->account,
	    .likely = doubt->verdict == SAME_ASK_LIKELY};
	(void)provision_sources(
	    planner->provision, person, 0, planner->arena, one->sources);
}

/* Sources under every key: what was decided outlives a rotation. */
static enum moderation_word
decided(struct planner *planner, const struct seat *seat, const char *login)
{
	for (size_t key = 0; key < planner->provision->numbers->count; key++) {
		const char *sources[PROVISION_SOURCES_MAX];
		size_t count = provision_sources(planner->provision,
		    seat->person, key, planner->arena, sources);
		struct moderation_case *one =
		    moderation_find(planner->moderation, sources, count, login);

		if (one != NULL) {
			one->arose = true;
			return one->word;
		}
	}
	return MODERATION_OPEN;
}

/* Unless the operator has said that they are two. */
static void
doubt(struct planner *planner, struct seat *seat,
    const struct moderation_account *account, enum same_verdict verdict)
{
	struct arena *arena = planner->arena;
	struct doubt *more;

	switch (decided(planner, seat, account->login)) {
	case MODERATION_DIFFERENT:
	case MODERATION_SAME: /* joined */
		return;
	case MODERATION_OPEN:
	case MODERATION_LATER:
		break;
	}
	if (seat->doubts != NULL &&
	    strcmp(seat->doubts->account.login, account->login) == 0)
		return;
	more = arena_alloc(arena, sizeof *more);
	*more = (struct doubt){seat->doubts,
	    {arena_dup(arena, account->login),
		arena_dup(arena, account->display),
		arena_dup(arena, account->kind),
		arena_dup(arena, account->establishment),
		arena_dup(arena, account->mail)},
	    verdict};
	seat->doubts = more;
}

static const char *
joined(struct arena *arena, char *const *list)
{
	const char *text = "";

	for (size_t i = 0; list[i] != NULL; i++)
		text = i == 0 ? list[i]
			      : arena_printf(arena, "%s, %s", text, list[i]);
	return text;
}

static void
doubt_entry(struct planner *planner, struct seat *seat,
    const struct directory_entry *entry, enum same_verdict verdict,
    struct arena *arena)
{
	const struct moderation_account account = {
	    .login = entry->values[SWEPT_UID][0],
	    .display = first(entry, SWEPT_CN),
	    .kind = joined(arena, entry->values[SWEPT_KIND]),
	    .establishment = joined(arena, entry->values[SWEPT_ESTABLISHMENT]),
	    .mail = first(entry, SWEPT_MAIL)};

	doubt(planner, seat, &account, verdict);
}

static bool
is_one_number(const struct seat *a, const struct seat *b, const char *label)
{
	const struct feed_person *left = a->person, *right = b->person;

	if (strcmp(label, "NUMEN") == 0)
		return left->has_numen && right->has_numen;
	if (strcmp(label, "INE") == 0)
		return left->has_ine && right->has_ine;
	return left->employee[0] != '\0' && right->employee[0] != '\0';
}

static enum same_number
compare_row_numbers(const struct seat *a, const struct seat *b)
{
	return is_one_number(a, b, "NUMEN") || is_one_number(a, b, "INE") ||
		       is_one_number(a, b, "EMP")
		   ? SAME_NUMBER_OTHER
		   : SAME_NUMBER_NONE;
}

static enum same_birth
compare_row_births(const struct seat *a, const struct seat *b)
{
	return birth_agrees(&a->person->birth, &b->person->birth)
		   ? SAME_BIRTH_EQUAL
		   : SAME_BIRTH_OTHER;
}

struct namesake {
	struct same_names names;
	const char *given;
	/* Who takes this account into use in this very run: from then on it
	 * is known what it is asked about now. */
	const struct seat *owner;
};

static void
compare(struct planner *planner, struct seat *seat,
    const struct namesake *namesake, const struct directory_entry *entry,
    struct arena *arena)
{
	const struct same_names row = {seat->family, seat->birth};
	const struct seat *owner = namesake->owner;
	const struct same_facts facts = {
	    .number = owner != NULL ? compare_row_numbers(seat, owner)
				    : compare_numbers(planner, seat,
					  entry->values[SWEPT_SOURCE], arena),
	    .family = same_family(&row, &namesake->names),
	    .birth = owner != NULL
			 ? compare_row_births(seat, owner)
			 : provision_compare_births(planner, seat, entry),
	    .given = strcmp(seat->given, namesake->given) == 0,
	    .ours = owner != NULL || entry->values[SWEPT_SOURCE][0] != NULL};
	enum same_verdict verdict = same_person(&facts);

	if (verdict != SAME_DIFFERENT)
		doubt_entry(planner, seat, entry, verdict, arena);
}

void
provision_doubt_number(struct planner *planner, struct seat *seat,
    const struct directory_entry *entry, struct arena *arena)
{
	doubt_entry(planner, seat, entry, SAME_ASK, arena);
}

/* Most names are written as in the row, whose keys are known. */
static const char *
key_of(const char *name, const char *known, const char *its_key,
    struct arena *arena)
{
	return strcmp(name, known) == 0 ? its_key : names_key(arena, name);
}

static const char *
family_key(const char *name, const struct seat *seat, struct arena *arena)
{
	return seat != NULL
		   ? key_of(name, seat->person->family, seat->family, arena)
		   : names_key(arena, name);
}

static const char *
given_key(const char *name, const struct seat *seat, struct arena *arena)
{
	return seat != NULL && strcmp(name, seat->person->given) == 0
		   ? seat->given
		   : names_key(arena, names_first_given(arena, name));
}

/* An account without givenName has one in cn, most of the time. */
static char *const *
givens_of(const struct directory_entry *entry, struct arena *arena)
{
	const char *cn = first(entry, SWEPT_CN), *sn = first(entry, SWEPT_SN);
	size_t len = strlen(cn), tail = strlen(sn);
	char **list;

	if (entry->values[SWEPT_GIVEN][0] != NULL)
		return entry->values[SWEPT_GIVEN];
	list = arena_array(arena, 2, sizeof *list);
	list[0] = len > tail && text_has_suffix(cn, sn)
		      ? arena_dup_n(arena, cn, len - tail)
		      : arena_dup(arena, "");
	return list;
}

static void
doubt_namesakes(struct planner *planner, const struct directory_entry *entry,
    const struct seat *except, const struct namesake *namesake,
    const char *family, struct arena *arena)
{
	const struct index_item *item = index_find(&planner->by_name,
	    arena_printf(arena, "%s %s", family, namesake->given));

	for (; item != NULL; item = item->next) {
		struct seat *seat = item->what;

		/* Who has an account is nobody else's question. */
		if (seat != except && seat->login == NULL)
			compare(planner, seat, namesake, entry, arena);
	}
}

/* Entries that others made hold several names: each may be the one. */
void
provision_doubt(struct planner *planner, const struct directory_entry *entry,
    const struct seat *except, struct arena *arena)
{
	char *const *givens = givens_of(entry, arena);
	const char *birth = first(entry, SWEPT_BIRTH_NAME);
	const char *birth_key =
	    except != NULL ? key_of(birth, except->person->birth_family,
				 except->birth, arena)
			   : names_key(arena, birth);
	struct namesake namesake = {.names = {.birth = birth_key}};

	if (except != NULL && entry->values[SWEPT_SOURCE][0] == NULL) {
		namesake.owner = except;
		if (namesake.names.birth[0] == '\0')
			namesake.names.birth = except->birth;
	}
	for (; *givens != NULL; givens++) {
		namesake.given = given_key(*givens, except, arena);
		for (char **sn = entry->values[SWEPT_SN]; *sn != NULL; sn++) {
			namesake.names.usage = family_key(*sn, except, arena);
			if (namesake.names.usage[0] != '\0')
				doubt_namesakes(planner, entry, except,
				    &namesake, namesake.names.usage, arena);
			if (namesake.names.birth[0] != '\0' &&
			    strcmp(namesake.names.birth,
				namesake.names.usage) != 0)
				doubt_namesakes(planner, entry, except,
				    &namesake, namesake.names.birth, arena);
		}
	}
}

/* --- rows among themselves ------------------------------------------------ */

/* The account that an earlier row is to have: its address is not known here. */
static void
doubt_row(struct planner *planner, struct seat *seat,
    const struct seat *earlier, enum same_verdict verdict)
{
	const struct feed_person *person = earlier->person;
	const struct moderation_account account = {.login = earlier->login,
	    .display = arena_printf(
		planner->arena, "%s %s", person->given, person->family),
	    .kind = person->kind,
	    .establishment = joined(planner->arena, person->establishments),
	    .mail = ""};

	doubt(planner, seat, &account, verdict);
}

static void
compare_rows(
    struct planner *planner, struct seat *seat, const struct seat *earlier)
{
	const struct same_names row = {seat->family, seat->birth};
	const struct same_names account = {earlier->family, earlier->birth};
	const struct same_facts facts = {
	    .number = compare_row_numbers(seat, earlier),
	    .family = same_family(&row, &account),
	    .birth = compare_row_births(seat, earlier),
	    .given = strcmp(seat->given, earlier->given) == 0,
	    .ours = true};
	enum same_verdict verdict = same_person(&facts);

	if (verdict != SAME_DIFFERENT)
		doubt_row(planner, seat, earlier, verdict);
}

void
provision_match_created(struct planner *planner, struct seat *seat)
{
	const char *families[] = {seat->family, seat->birth};

	for (size_t i = 0; i < COUNT_OF(families); i++) {
		const struct index_item *item = index_find(
		    &planner->by_name, arena_printf(planner->arena, "%s %s",
					   families[i], seat->given));

		for (; item != NULL; item = item->next) {
			const struct seat *earlier = item->what;

			if (earlier != seat && earlier->created &&
			    (i == 0 ||
				strcmp(earlier->family, seat->family) != 0))
				compare_rows(planner, seat, earlier);
		}
	}
}

void
provision_ask(struct planner *planner, struct seat *seat)
{
	for (const struct doubt *at = seat->doubts; at != NULL; at = at->next) {
		struct moderation_case one;

		describe(planner, seat, at, &one);
		if (moderation_note(planner->moderation, &one)->word ==
		    MODERATION_OPEN)
			seat->open = true;
	}
}
