#include "lib/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"

/* Years 0000 to 9999: all that the fixed-width forms can say. */
static const int64_t first_ms = -62167219200000;
static const int64_t last_ms = 253402300799999;

/* Broken-down UTC, and the milliseconds that are left. */
static int
break_down(int64_t ms, struct tm *tm)
{
	time_t seconds;
	int rest;

	if (ms < first_ms)
		ms = first_ms;
	if (ms > last_ms)
		ms = last_ms;
	rest = (int)(ms % 1000);
	if (rest < 0)
		rest += 1000;
	seconds = (time_t)((ms - rest) / 1000);
	gmtime_r(&seconds, tm);
	return rest;
}

void
clock_generalized(int64_t ms, char out[CLOCK_GENERALIZED])
{
	struct tm tm;
	bool fits;

	break_down(ms, &tm);
	fits = text_format(out, CLOCK_GENERALIZED, "%04d%02d%02d%02d%02d%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	assert(fits);
}

void
clock_iso(int64_t ms, char out[CLOCK_ISO])
{
	struct tm tm;
	int rest;
	bool fits;

	rest = break_down(ms, &tm);
	fits = text_format(out, CLOCK_ISO,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest);
	assert(fits);
}

/* Not strftime(): its names follow the locale. */
void
clock_rfc5322(int64_t ms, char out[CLOCK_RFC5322])
{
	static const char days[][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;
	bool fits;

	break_down(ms, &tm);
	fits = text_format(out, CLOCK_RFC5322,
	    "%s, %02d %s %04d %02d:%02d:%02d +0000", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	assert(fits);
}

/* Reads count digits at *at, which moves on; -1 when they are not there. */
static int
digits(const char **at, int count)
{
	int value = 0;

	for (; count > 0; count--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		value = value * 10 + (**at - '0');
	}
	return value;
}

/* "Z", or a fraction and "Z". */
static bool
is_rest_of_generalized(const char *at)
{
	if (*at == '.' || *at == ',') {
		size_t count = strspn(++at, "0123456789");

		if (count == 0)
			return false;
		at += count;
	}
	return strcmp(at, "Z") == 0;
}

bool
clock_from_generalized(const char *text, int64_t *ms)
{
	int value[6];
	struct tm tm = {0};
	time_t seconds;

	for (size_t i = 0; i < COUNT_OF(value); i++) {
		value[i] = digits(&text, i == 0 ? 4 : 2);
		if (value[i] < 0)
			return false;
	}
	if (!is_rest_of_generalized(text))
		return false;
	tm.tm_year = value[0] - 1900;
	tm.tm_mon = value[1] - 1;
	tm.tm_mday = value[2];
	tm.tm_hour = value[3];
	tm.tm_min = value[4];
	/* A leap second is read as the one before it. */
	tm.tm_sec = value[5] == 60 ? 59 : value[5];
	struct tm normal = tm;
	seconds = timegm(&normal);
	/* timegm() moves a 30 February to March; we say no. */
	if (normal.tm_mon != tm.tm_mon || normal.tm_mday != tm.tm_mday ||
	    normal.tm_hour != tm.tm_hour || normal.tm_min != tm.tm_min ||
	    normal.tm_sec != tm.tm_sec)
		return false;
	*ms = (int64_t)seconds * 1000;
	return true;
}

void
clock_zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

struct clock_day
clock_local_day(int64_t ms, int *hour, int *minute)
{
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	if (hour != NULL)
		*hour = tm.tm_hour;
	if (minute != NULL)
		*minute = tm.tm_min;
	return (struct clock_day){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}
