#include "lib/base/conf_internal.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "lib/base/arena.h"

static const char white[] = " \t";
static const char digits[] = "0123456789";

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { RATE_BURST_MAX = 1000000, RATE_PERIOD_MAX = 366 * DAY };

/* The unit's letters and how many seconds it has. */
static const struct {
	const char *name;
	long seconds;
} units[] = {
    {"d", DAY},
    {"h", HOUR},
    {"m", MINUTE},
    {"s", 1},
    {"", 1},
};

static const char *
read_text(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	(void)def;
	*(const char **)field = arena_dup(arena, text);
	return NULL;
}

static const char *
read_count(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	if (!text_to_long(text, def->min, def->max, field))
		return arena_printf(arena,
		    "must be a whole number from %ld to %ld", def->min,
		    def->max);
	return NULL;
}

static bool
to_seconds(struct arena *arena, const char *text, long *seconds)
{
	size_t len = strspn(text, digits);
	long count;

	if (!text_to_long(
		arena_dup_n(arena, text, len), 0, LONG_MAX / DAY, &count))
		return false;
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (strcmp(text + len, units[i].name) == 0) {
			*seconds = count * units[i].seconds;
			return true;
		}
	}
	return false;
}

static const char *
seconds_text(struct arena *arena, long seconds)
{
	size_t i = 0;

	while (seconds < units[i].seconds || seconds % units[i].seconds != 0) {
		if (units[i].seconds == 1)
			break;
		i++;
	}
	return arena_printf(
	    arena, "%ld%s", seconds / units[i].seconds, units[i].name);
}

static const char *
read_duration(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	long seconds;

	if (!to_seconds(arena, text, &seconds) || seconds < def->min ||
	    seconds > def->max)
		return arena_printf(arena,
		    "must be a duration (90s 15m 1h 14d) from %s to %s",
		    seconds_text(arena, def->min),
		    seconds_text(arena, def->max));
	*(long *)field = seconds;
	return NULL;
}

/* Three decimals at most: no share of ours needs more, and so a double holds
 * it without surprise. */
static bool
to_percent(struct arena *arena, const char *text, double *percent)
{
	size_t len = strspn(text, digits), decimals = 0;
	double scale = 1;
	long whole, part = 0;

	if (!text_to_long(arena_dup_n(arena, text, len), 0, 1000000, &whole))
		return false;
	text += len;
	if (*text == '.') {
		text++;
		decimals = strspn(text, digits);
		if (decimals > 3 ||
		    !text_to_long(
			arena_dup_n(arena, text, decimals), 0, 999, &part))
			return false;
		text += decimals;
	}
	while (decimals-- > 0)
		scale *= 10;
	*percent = (double)whole + (double)part / scale;
	return strcmp(text, "%") == 0;
}

static const char *
read_percent(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	double percent;

	if (!to_percent(arena, text, &percent) || percent < (double)def->min ||
	    percent > (double)def->max)
		return arena_printf(arena,
		    "must be a share (5%% or 0.5%%) from %ld%% to %ld%%",
		    def->min, def->max);
	*(double *)field = percent;
	return NULL;
}

static const char *
read_flag(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	bool yes = strcmp(text, "yes") == 0;

	(void)def;
	(void)arena;
	if (!yes && strcmp(text, "no") != 0)
		return "must be yes or no";
	*(bool *)field = yes;
	return NULL;
}

static const char *
read_words(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	struct conf_words *words = field;

	(void)def;
	words->list = text_split(arena, text, white, &words->count);
	return NULL;
}

static bool
to_rate(struct arena *arena, const char *text, struct conf_rate *rate)
{
	size_t len = strcspn(text, "/");

	return text[len] == '/' &&
	       text_to_long(arena_dup_n(arena, text, len), 1, RATE_BURST_MAX,
		   &rate->burst) &&
	       to_seconds(arena, text + len + 1, &rate->period_s) &&
	       rate->period_s >= 1 && rate->period_s <= RATE_PERIOD_MAX;
}

/* Nothing at all is no rate: a limit is not switched off by a slip. */
static const char *
read_rates(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	struct conf_rates rates = {.count = 0};
	size_t count;
	char **words = text_split(arena, text, white, &count);
	bool good = count > 0 && count <= CONF_RATES_MAX;

	(void)def;
	for (size_t i = 0; good && i < count; i++)
		good = to_rate(arena, words[i], &rates.list[rates.count++]);
	if (!good)
		return arena_printf(arena,
		    "must be one to %d rates, burst/period (3/1h 6/24h)",
		    CONF_RATES_MAX);
	*(struct conf_rates *)field = rates;
	return NULL;
}

static const char *
read_choice(const struct conf_def *def, const char *text, void *field,
    struct arena *arena)
{
	char **words = text_split(arena, def->choices, "|", NULL);

	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*(int *)field = i;
			return NULL;
		}
	}
	return arena_printf(arena, "must be one of %s", def->choices);
}

static const char *(*const readers[])(const struct conf_def *def,
    const char *text, void *field, struct arena *arena) = {
    [CONF_TEXT] = read_text,
    [CONF_COUNT] = read_count,
    [CONF_DURATION] = read_duration,
    [CONF_PERCENT] = read_percent,
    [CONF_FLAG] = read_flag,
    [CONF_WORDS] = read_words,
    [CONF_RATES] = read_rates,
    [CONF_CHOICE] = read_choice,
};

const char *
conf_value_read(const struct conf_def *def, const char *text, void *values,
    struct arena *arena)
{
	if (*text == '\0' && def->fallback == NULL)
		return "is required, so it cannot be empty";
	return readers[def->type](
	    def, text, (char *)values + def->offset, arena);
}

void
conf_value_default(
    const struct conf_def *def, void *values, struct arena *arena)
{
	void *field = (char *)values + def->offset;
	const char *sentence = NULL;

	if (def->fallback != NULL)
		sentence = conf_value_read(def, def->fallback, values, arena);
	else if (def->type == CONF_TEXT || def->type == CONF_WORDS)
		sentence = readers[def->type](def, "", field, arena);
	assert(sentence == NULL);
}
