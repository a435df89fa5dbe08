/*
 * `numen show-shape -`: one number per line of standard input, its normal form
 * and what is wrong with it. No directory, no keys, no configuration.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd/cli.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/people/number.h"

enum { LINE_MAX_BYTES = 1024, LINES_MAX = 1000000 };

static const char *
sentence(enum number_fault fault)
{
	static const char *const sentences[] = {
	    [NUMBER_FINE] = NULL,
	    [NUMBER_EMPTY] = "nothing is there",
	    [NUMBER_LENGTH] = "neither 13 characters (NUMEN, code) nor "
			      "11 (INE)",
	    [NUMBER_ALPHABET] = "a character that is neither a letter "
				"nor a digit",
	    [NUMBER_SHAPE] = "13 characters, but digits and letters are "
			     "not where a NUMEN has them",
	};

	return sentences[fault];
}

static void
print_text(
    const struct number *number, enum number_fault fault, const char *warning)
{
	if (fault != NUMBER_FINE) {
		printf("wrong  %s\n", sentence(fault));
		return;
	}
	printf("%-6s %s\n", number_label(number->kind), number->text);
	if (warning != NULL)
		printf("       warning: %s\n", warning);
}

static void
add_json(struct json *list, const struct number *number,
    enum number_fault fault, const char *warning)
{
	struct json *item = json_add(list, NULL, json_new_object());
	bool fine = fault == NUMBER_FINE;

	json_text(item, "kind", fine ? number_label(number->kind) : NULL);
	json_text(item, "normal", fine ? number->text : NULL);
	json_text(item, "fault", sentence(fault));
	json_text(item, "warning", warning);
}

static bool
judge(char *line, int this_year, struct json *list)
{
	size_t len = strcspn(line, "\r\n");
	enum number_fault fault = NUMBER_ALPHABET;
	const char *warning = NULL;
	struct number number = {0};

	line[len] = '\0';
	if (text_is_clean(line, len))
		fault = number_parse(line, &number);
	if (fault == NUMBER_FINE)
		warning = number_warning(&number, this_year);
	if (list != NULL)
		add_json(list, &number, fault, warning);
	else
		print_text(&number, fault, warning);
	sodium_memzero(&number, sizeof number);
	return fault == NUMBER_FINE;
}

/* The rest of a line that did not fit: no number is that long. */
static void
skip_line(const char *line)
{
	int c = strchr(line, '\n') != NULL ? '\n' : 0;

	while (c != '\n' && c != EOF)
		c = getchar();
}

static bool
judge_all(struct json *list)
{
	int this_year = clock_local_day(clock_now_ms(), NULL, NULL).year;
	char line[LINE_MAX_BYTES];
	bool fine = true;
	long lines = 0;

	while (lines < LINES_MAX && fgets(line, sizeof line, stdin) != NULL) {
		skip_line(line);
		fine = judge(line, this_year, list) && fine;
		lines++;
	}
	sodium_memzero(line, sizeof line);
	return fine && lines > 0;
}

int
cli_numen_show_shape(struct cli *cli, struct err *err)
{
	struct json *list = cli->json ? json_new_array() : NULL;
	bool fine;

	(void)err;
	if (strcmp(cli->words[0], "-") != 0)
		return cli_usage(cli,
		    "a number does not belong on the command line, where "
		    "everybody sees it: write it on standard input");
	if (isatty(STDIN_FILENO) == 1)
		fputs("NUMEN or INE, one per line (Ctrl-D ends):\n", stderr);
	fine = judge_all(list);
	if (list != NULL)
		cli_print_json(cli, list);
	return fine ? 0 : err_exit_code(ERR_INPUT);
}
