#include "lib/people/birth.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"
#include "lib/people/birth_internal.h"

enum { TYPED_MAX = 64, OLDEST = 1900, YOUNGEST = 10 };

struct date {
	long year, month, day;
};

static long
number_of(const char *digits, size_t len)
{
	long value = 0;
	size_t i;

	for (i = 0; i < len; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* A two-digit year belongs to the youngest century it can. */
static long
year_of(const char *digits, size_t len, int this_year)
{
	long year = number_of(digits, len);

	if (len != 2)
		return year;
	return 2000 + year <= this_year - YOUNGEST ? 2000 + year : 1900 + year;
}

static struct date
little_endian(const char *digits, size_t len, int this_year)
{
	return (struct date){
	    .day = number_of(digits, 2),
	    .month = number_of(digits + 2, 2),
	    .year = year_of(digits + 4, len - 4, this_year),
	};
}

static struct date
big_endian(const char *digits)
{
	return (struct date){
	    .year = number_of(digits, 4),
	    .month = number_of(digits + 4, 2),
	    .day = number_of(digits + 6, 2),
	};
}

static long
days_in(long year, long month)
{
	static const unsigned char days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static enum birth_fault
judge(const struct date *date, long latest)
{
	if (date->month > 12 || (date->month == 0 && date->day != 0))
		return BIRTH_CALENDAR;
	if (date->month != 0 && date->day > days_in(date->year, date->month))
		return BIRTH_CALENDAR;
	if (date->year < OLDEST || date->year > latest)
		return BIRTH_YEAR;
	return BIRTH_FINE;
}

static void
write_normal(const struct date *date, struct birth *birth)
{
	bool fits = text_format(birth->text, sizeof(birth->text),
	    "%04ld-%02ld-%02ld", date->year, date->month, date->day);

	assert(fits);
	(void)fits;
}

/*
 * 01091975 or 19750901. No row of digits is good both ways: the last four of
 * YYYYMMDD are at most 1231, which is no year we take.
 */
static enum birth_fault
read_eight(const char *digits, int this_year, struct date *date)
{
	enum birth_fault day_first, year_first;

	*date = little_endian(digits, BIRTH_DIGITS, this_year);
	day_first = judge(date, this_year - YOUNGEST);
	if (day_first == BIRTH_FINE)
		return BIRTH_FINE;
	*date = big_endian(digits);
	year_first = judge(date, this_year - YOUNGEST);
	if (year_first == BIRTH_FINE || day_first == BIRTH_CALENDAR)
		return year_first;
	return day_first;
}

static enum birth_fault
read_groups(const struct birth_group *groups, int this_year, struct date *date)
{
	const struct birth_group *year = &groups[2], *day = &groups[0];

	if (groups[0].len == 4) {
		year = &groups[0];
		day = &groups[2];
	}
	if (day->len > 2 || groups[1].len > 2 ||
	    (year->len != 4 && year->len != 2))
		return BIRTH_FORM;
	*date = (struct date){
	    .year = year_of(year->digits, year->len, this_year),
	    .month = number_of(groups[1].digits, groups[1].len),
	    .day = number_of(day->digits, day->len),
	};
	return judge(date, this_year - YOUNGEST);
}

static enum birth_fault
read_text(const char *text, int this_year, struct date *date)
{
	struct birth_group groups[BIRTH_GROUPS];
	size_t count;

	if (*text == '\0')
		return BIRTH_EMPTY;
	count = birth_split(text, groups);
	if (count == BIRTH_GROUPS)
		return read_groups(groups, this_year, date);
	if (count != 1)
		return BIRTH_FORM;
	if (groups[0].len == BIRTH_DIGITS)
		return read_eight(groups[0].digits, this_year, date);
	if (groups[0].len != 6)
		return BIRTH_FORM;
	*date = little_endian(groups[0].digits, 6, this_year);
	return judge(date, this_year - YOUNGEST);
}

enum birth_fault
birth_parse(const char *typed, int this_year, struct birth *birth)
{
	struct arena arena = {0};
	enum birth_fault fault = BIRTH_FORM;
	struct date date;
	char *text;

	*birth = (struct birth){0};
	if (strlen(typed) > TYPED_MAX)
		return BIRTH_FORM;
	text = unicode_nfkc(&arena, typed);
	if (text != NULL)
		fault = read_text(text_trim(&arena, text), this_year, &date);
	if (fault == BIRTH_FINE)
		write_normal(&date, birth);
	arena_reset(&arena);
	return fault;
}

/* Does value look like pattern, where '0' stands for any digit? */
static bool
looks_like(const char *value, const char *pattern)
{
	for (; *pattern != '\0'; value++, pattern++) {
		if (*pattern == '0' ? !birth_is_digit(*value)
				    : *value != *pattern)
			return false;
	}
	return *value == '\0';
}

bool
birth_from_directory(const char *value, struct birth *birth)
{
	char digits[BIRTH_DIGITS + 1] = {0};
	struct date date;

	*birth = (struct birth){0};
	if (looks_like(value, "0000-00-00")) {
		memcpy(digits, value, 4);
		memcpy(digits + 4, value + 5, 2);
		memcpy(digits + 6, value + 8, 2);
	} else if (looks_like(value, "00000000") ||
		   looks_like(value, "00000000000000Z")) {
		memcpy(digits, value, BIRTH_DIGITS);
	} else {
		return false;
	}
	date = big_endian(digits);
	if (judge(&date, 9999) != BIRTH_FINE)
		return false;
	write_normal(&date, birth);
	return true;
}

/* --- dates of which a part is not known ----------------------------------- */

enum { MONTH_AT = 5, DAY_AT = 8, MONTHS = 13, DAYS = 32 };

static int
part(const struct birth *birth, size_t at)
{
	return (birth->text[at] - '0') * 10 + birth->text[at + 1] - '0';
}

int
birth_fullness(const struct birth *birth)
{
	if (part(birth, MONTH_AT) == 0)
		return 0;
	return part(birth, DAY_AT) == 0 ? 1 : 2;
}

static bool
parts_agree(int a, int b)
{
	return a == b || a == 0 || b == 0;
}

bool
birth_agrees(const struct birth *a, const struct birth *b)
{
	return strncmp(a->text, b->text, MONTH_AT) == 0 &&
	       parts_agree(part(a, MONTH_AT), part(b, MONTH_AT)) &&
	       parts_agree(part(a, DAY_AT), part(b, DAY_AT));
}

static void
put_part(struct birth *birth, size_t at, int value)
{
	birth->text[at] = (char)('0' + value / 10);
	birth->text[at + 1] = (char)('0' + value % 10);
}

bool
birth_alike(const struct birth *birth, unsigned *at, struct birth *alike)
{
	*alike = *birth;
	if (*at == 0) {
		*at = 1;
		return true;
	}
	while (*at <= MONTHS * DAYS) {
		int number = (int)(*at)++ - 1;
		int month = number / DAYS, day = number % DAYS;

		if (!parts_agree(month, part(birth, MONTH_AT)) ||
		    !parts_agree(day, part(birth, DAY_AT)))
			continue;
		put_part(alike, MONTH_AT, month);
		put_part(alike, DAY_AT, day);
		if (strcmp(alike->text, birth->text) != 0)
			return true;
	}
	return false;
}
