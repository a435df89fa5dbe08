#include "lib/people/feed.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/people/address.h"
#include "lib/people/feed_internal.h"
#include "lib/people/names.h"

enum { AUGUST = 8 };

struct row {
	const struct feed_header *header;
	char *const *cells;
	size_t count;
	struct arena *arena;
	struct feed_notes *notes;
};

int
feed_school_year(int year, int month)
{
	return month >= AUGUST ? year : year - 1;
}

static void
note(struct row *row, enum feed_column column, bool fatal, const char *reason)
{
	struct feed_notes *notes = row->notes;

	if (fatal)
		notes->rejected = true;
	if (notes->count < FEED_NOTES_MAX)
		notes->list[notes->count++] =
		    (struct feed_note){column, fatal, reason};
}

/* The cell, trimmed; "" when there is none. */
static const char *
cell(struct row *row, enum feed_column column)
{
	int at = row->header->at[column];

	if (at < 0 || (size_t)at >= row->count)
		return "";
	return text_trim(row->arena, row->cells[at]);
}

static const char *
short_cell(struct row *row, enum feed_column column)
{
	const char *text = cell(row, column);

	if (strlen(text) <= FEED_TEXT_MAX)
		return text;
	note(row, column, true, "longer than 200 bytes");
	return "";
}

static void
read_kind(struct row *row, struct feed_person *person)
{
	const char *typed = cell(row, FEED_TYPE);

	person->kind = row->header->kind != NULL
			   ? row->header->kind
			   : feed_kind_of(row->header, typed);
	person->kinds[0] = person->kind;
	if (person->kind == NULL)
		note(row, FEED_TYPE, true,
		    typed[0] == '\0' ? "is empty"
				     : "is none of etudiant, enseignant, "
				       "administratif, technique, externe");
}

static bool
read_number(struct row *row, enum feed_column column, enum number_kind kind,
    struct number *number)
{
	static const char *const reasons[] = {
	    [NUMBER_FINE] = "is a number of another kind",
	    [NUMBER_LENGTH] = "has not the right length",
	    [NUMBER_ALPHABET] = "has a character that is no letter or "
				"digit",
	    [NUMBER_SHAPE] = "has not the shape of such a number",
	};
	enum number_fault fault = number_parse(cell(row, column), number);

	if (fault == NUMBER_EMPTY)
		return false;
	if (fault == NUMBER_FINE && number->kind == kind)
		return true;
	note(row, column, true, reasons[fault]);
	return false;
}

static void
read_numbers(struct row *row, struct feed_person *person)
{
	person->has_numen =
	    read_number(row, FEED_NUMEN, NUMBER_NUMEN, &person->numen);
	person->has_ine = read_number(row, FEED_INE, NUMBER_INE, &person->ine);
	person->employee = short_cell(row, FEED_EMPLOYEE);
	if (!person->has_numen && !person->has_ine &&
	    person->employee[0] == '\0' && !row->notes->rejected)
		note(row, FEED_NUMEN, true,
		    "one of numen, ine and employe is required");
	if (person->employee[0] != '\0')
		person->order = person->employee;
	if (person->has_ine)
		person->order = person->ine.text;
	if (person->has_numen)
		person->order = person->numen.text;
}

static void
read_names(struct row *row, struct feed_person *person)
{
	const char *usage = short_cell(row, FEED_USAGE_NAME);

	person->birth_family = short_cell(row, FEED_BIRTH_NAME);
	person->family = usage[0] != '\0' ? names_usage(row->arena, usage, NULL)
					  : person->birth_family;
	if (person->family[0] == '\0')
		note(row, FEED_BIRTH_NAME, true,
		    "one of nom_naissance and nom_usage is required");
	person->given_names = short_cell(row, FEED_GIVEN_NAMES);
	person->given = names_first_given(row->arena, person->given_names);
	if (person->given == NULL || person->given[0] == '\0')
		note(row, FEED_GIVEN_NAMES, true, "is empty");
}

static void
read_birth(struct row *row, int this_year, struct feed_person *person)
{
	static const char *const reasons[] = {
	    [BIRTH_EMPTY] = "is empty",
	    [BIRTH_FORM] = "is not a date (JJ/MM/AAAA or AAAA-MM-JJ)",
	    [BIRTH_CALENDAR] = "does not exist in the calendar",
	    [BIRTH_YEAR] = "has an implausible year",
	};
	enum birth_fault fault =
	    birth_parse(cell(row, FEED_BIRTH_DATE), this_year, &person->birth);

	if (fault != BIRTH_FINE)
		note(row, FEED_BIRTH_DATE, true, reasons[fault]);
}

static bool
is_uai(const char *text)
{
	return strlen(text) == 8 && strspn(text, "0123456789") == 7 &&
	       text[7] >= 'A' && text[7] <= 'Z';
}

/* The check letter: the seven digits modulo 23, in an alphabet without I, O
 * and Q. Samples in the wild often fail it, so it only warns. */
static bool
has_right_letter(const char *uai)
{
	static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
	unsigned number = 0;

	for (size_t i = 0; i < 7; i++)
		number = number * 10 + (unsigned)(uai[i] - '0');
	return uai[7] == letters[number % 23];
}

static void
read_establishments(struct row *row, struct feed_person *person)
{
	size_t count, kept = 0;

	person->establishments = text_split(row->arena,
	    text_upper(row->arena, cell(row, FEED_UAI)), " ,", &count);
	for (size_t i = 0; i < count; i++) {
		char *uai = person->establishments[i];

		if (!is_uai(uai) || kept == FEED_UAI_MAX) {
			note(row, FEED_UAI, true,
			    "is not a list of UAI (7 digits and a letter)");
			continue;
		}
		if (!has_right_letter(uai))
			note(row, FEED_UAI, false,
			    "an UAI has a check letter that does not fit");
		person->establishments[kept++] = uai;
	}
	person->establishments[kept] = NULL;
}

static void
read_mail(
    struct row *row, const char *const *own_domains, struct feed_person *person)
{
	const char *typed = cell(row, FEED_MAIL);

	if (typed[0] == '\0')
		return;
	person->mail = address_parse(row->arena, typed);
	if (person->mail == NULL) {
		note(row, FEED_MAIL, false, "is not a mail address: left out");
	} else if (address_is_in(person->mail, own_domains)) {
		note(row, FEED_MAIL, false,
		    "is in our own domain, so it cannot rescue: left out");
		person->mail = NULL;
	}
}

/* JJ/MM/AAAA or AAAA-MM-JJ of any year 1900..2999, as UTC midnight. */
static bool
read_day(const char *text, struct arena *arena, int64_t *ms)
{
	char *parts[3] = {0};
	long year, month, day;
	size_t count;
	char **split = text_split(arena, text, "/-.", &count);
	char generalized[CLOCK_GENERALIZED];
	bool iso = strlen(text) >= 4 && strspn(text, "0123456789") == 4;

	if (count != 3)
		return false;
	for (size_t i = 0; i < 3; i++)
		parts[iso ? 2 - i : i] = split[i];
	return text_to_long(parts[0], 1, 31, &day) &&
	       text_to_long(parts[1], 1, 12, &month) &&
	       text_to_long(parts[2], 1900, 2999, &year) &&
	       text_format(generalized, sizeof generalized,
		   "%04ld%02ld%02ld000000Z", year, month, day) &&
	       clock_from_generalized(generalized, ms);
}

static void
read_dates(struct row *row, struct feed_person *person)
{
	static const char reason[] = "is not a date (JJ/MM/AAAA or AAAA-MM-JJ)";
	const char *from = cell(row, FEED_FROM);
	const char *until = cell(row, FEED_UNTIL);

	if (from[0] != '\0' && !read_day(from, row->arena, &person->from_ms))
		note(row, FEED_FROM, true, reason);
	if (until[0] == '\0')
		return;
	if (!read_day(until, row->arena, &person->until_ms))
		note(row, FEED_UNTIL, true, reason);
	else
		person->until_ms += 86400000 - 1000;
	if (person->from_ms != 0 && person->until_ms != 0 &&
	    person->until_ms < person->from_ms)
		note(row, FEED_UNTIL, true, "is before debut");
}

void
feed_read_row(const struct feed_header *header, char *const *cells,
    size_t count, const char *const *own_domains, int this_year,
    struct arena *arena, struct feed_person *person, struct feed_notes *notes)
{
	struct row row = {header, cells, count, arena, notes};

	memset(person, 0, sizeof *person);
	memset(notes, 0, sizeof *notes);
	person->order = "";
	read_kind(&row, person);
	read_numbers(&row, person);
	read_names(&row, person);
	read_birth(&row, this_year, person);
	read_establishments(&row, person);
	read_mail(&row, own_domains, person);
	read_dates(&row, person);
}
