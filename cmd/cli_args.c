#include "cmd/cli_args.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "lib/base/text.h"

enum { OPTION_JSON = 256, OPTION_HELP, OPTION_VERSION, OPTION_OWN };

enum { GROUP_WEIGHT = 4 };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"config", required_argument, NULL, 'c'},
    {"changes", no_argument, NULL, OPTION_OWN + CLI_CHANGES},
    {"dead", no_argument, NULL, OPTION_OWN + CLI_DEAD},
    {"dir", required_argument, NULL, OPTION_OWN + CLI_DIR},
    {"expect", required_argument, NULL, OPTION_OWN + CLI_EXPECT},
    {"force", required_argument, NULL, OPTION_OWN + CLI_FORCE},
    {"full", no_argument, NULL, OPTION_OWN + CLI_FULL},
    {"id-document", required_argument, NULL, OPTION_OWN + CLI_ID_DOCUMENT},
    {"inverse", no_argument, NULL, OPTION_OWN + CLI_INVERSE},
    {"letters", required_argument, NULL, OPTION_OWN + CLI_LETTERS},
    {"mail", required_argument, NULL, OPTION_OWN + CLI_MAIL},
    {"numen", required_argument, NULL, OPTION_OWN + CLI_NUMEN},
    {"out", required_argument, NULL, OPTION_OWN + CLI_OUT},
    {"partial", no_argument, NULL, OPTION_OWN + CLI_PARTIAL},
    {"quiet", no_argument, NULL, OPTION_OWN + CLI_QUIET},
    {"report", required_argument, NULL, OPTION_OWN + CLI_REPORT},
    {"revoke", no_argument, NULL, OPTION_OWN + CLI_REVOKE},
    {"sample", no_argument, NULL, OPTION_OWN + CLI_SAMPLE},
    {"textfile", required_argument, NULL, OPTION_OWN + CLI_TEXTFILE},
    {"wave", required_argument, NULL, OPTION_OWN + CLI_WAVE},
    {"year", required_argument, NULL, OPTION_OWN + CLI_YEAR},
    {NULL, 0, NULL, 0},
};

/* --- usage --------------------------------------------------------------- */

static void
show_command(FILE *out, const struct cli_command *command)
{
	fprintf(out, "  %s%s%s\n      %s\n", command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->help);
}

/* Lines of at most 60 characters, for narrow terminals. */
static void
show_all(FILE *out, const struct cli_command *commands)
{
	fputs("usage: rentree [-c FILE] [--json] COMMAND ...\n\n", out);
	for (; commands->name != NULL; commands++)
		show_command(out, commands);
	fputs("\n"
	      "  -c FILE     configuration\n"
	      "              (" SETTINGS_PATH ")\n"
	      "  --json      the result as one line of JSON\n"
	      "  --version   the version\n"
	      "  --help      this, or the usage of one command\n"
	      "\n"
	      "rentree(1) has the rest.\n",
	    out);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	const struct cli_command *command = cli->command;
	va_list args;

	fputs("rentree: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nusage: rentree %s%s%s\n",
	    command != NULL ? command->name : "[-c FILE] [--json]",
	    command != NULL && command->operands[0] == '\0' ? "" : " ",
	    command != NULL ? command->operands : "COMMAND ...");
	if (command == NULL)
		fputs("rentree --help lists the commands\n", stderr);
	return CLI_EXIT_USAGE;
}

/* --- the command --------------------------------------------------------- */

static const char *
word(const struct cli *cli, size_t index)
{
	return index < cli->count ? cli->words[index] : "";
}

/* How many of the words given are the command's name; 0 = it is not meant. */
static size_t
match(const struct cli *cli, const char *name)
{
	size_t first = strcspn(name, " ");

	if (strlen(word(cli, 0)) != first ||
	    strncmp(word(cli, 0), name, first) != 0)
		return 0;
	if (name[first] == '\0')
		return 1;
	return strcmp(word(cli, 1), name + first + 1) == 0 ? 2 : 0;
}

static bool
is_group(const struct cli *cli, const struct cli_command *command)
{
	size_t first = strcspn(command->name, " ");

	return command->name[first] == ' ' && strlen(word(cli, 0)) == first &&
	       strncmp(word(cli, 0), command->name, first) == 0;
}

/* How far what was typed is from name; the group counts more. */
static size_t
distance(struct cli *cli, const char *name)
{
	size_t first = strcspn(name, " ");
	const char *group = arena_dup_n(&cli->arena, name, first);
	const char *verb = name[first] == ' ' ? name + first + 1 : "";

	return GROUP_WEIGHT * text_distance(word(cli, 0), group) +
	       text_distance(word(cli, 1), verb);
}

static int
unknown(struct cli *cli, const struct cli_command *commands)
{
	const struct cli_command *nearest = commands;

	for (const struct cli_command *c = commands; c->name != NULL; c++)
		if (distance(cli, c->name) < distance(cli, nearest->name))
			nearest = c;
	return cli_usage(cli,
	    "unknown command: %s%s%s\n"
	    "The nearest one is: rentree %s",
	    cli_clean(cli, word(cli, 0)), cli->count > 1 ? " " : "",
	    cli_clean(cli, word(cli, 1)), nearest->name);
}

/* `rentree account` alone: what can be said next. */
static bool
show_group(const struct cli *cli, const struct cli_command *commands, FILE *out)
{
	bool any = false;

	for (; commands->name != NULL; commands++) {
		if (!is_group(cli, commands))
			continue;
		if (!any)
			fprintf(out, "usage: rentree %s ...\n\n", word(cli, 0));
		any = true;
		show_command(out, commands);
	}
	return any;
}

static int
choose(struct cli *cli, const struct cli_command *commands)
{
	size_t words = 0;

	for (; commands[0].name != NULL && cli->command == NULL; commands++) {
		words = match(cli, commands->name);
		if (words > 0)
			cli->command = commands;
	}
	cli->words += words;
	cli->count -= words;
	return cli->command != NULL ? 0 : -1;
}

/* --- options ------------------------------------------------------------- */

static const char *
option_name(enum cli_option option)
{
	for (const struct option *o = options; o->name != NULL; o++)
		if (o->val == OPTION_OWN + (int)option)
			return o->name;
	return "?";
}

static int
read_options(struct cli *cli, int argc, char **argv)
{
	int got;

	opterr = 0;
	while ((got = getopt_long(argc, argv, ":c:h", options, NULL)) != -1) {
		if (got == 'c')
			cli->config = optarg;
		else if (got == OPTION_JSON)
			cli->json = true;
		else if (got == OPTION_HELP || got == 'h')
			cli->help = true;
		else if (got == OPTION_VERSION)
			cli->version = true;
		else if (got == ':')
			return cli_usage(cli, "%s wants a value",
			    cli_clean(cli, argv[optind - 1]));
		else if (got == '?')
			return cli_usage(cli, "unknown option: %s",
			    cli_clean(cli, argv[optind - 1]));
		else
			cli->options[got - OPTION_OWN] =
			    optarg != NULL ? optarg : "";
	}
	cli->words = argv + optind;
	cli->count = (size_t)(argc - optind);
	return 0;
}

static int
check_options(struct cli *cli)
{
	const struct cli_command *command = cli->command;

	for (int i = 0; i < CLI_OPTIONS; i++)
		if (cli->options[i] != NULL &&
		    (command->takes & CLI_TAKES(i)) == 0)
			return cli_usage(cli, "%s does not take --%s",
			    command->name, option_name((enum cli_option)i));
	if (cli->count < command->min)
		return cli_usage(cli, "something is missing");
	if (cli->count > command->max)
		return cli_usage(cli, "one word too many: %s",
		    cli_clean(cli, cli->words[command->max]));
	return -1;
}

int
cli_args_read(
    struct cli *cli, const struct cli_command *commands, int argc, char **argv)
{
	int code = read_options(cli, argc, argv);

	if (code != 0)
		return code;
	if (cli->version) {
		printf("rentree %s\n", RENTREE_VERSION);
		return 0;
	}
	if (cli->count == 0) {
		show_all(cli->help ? stdout : stderr, commands);
		return cli->help ? 0 : CLI_EXIT_USAGE;
	}
	if (choose(cli, commands) != 0) {
		if (cli->count == 1 &&
		    show_group(cli, commands, cli->help ? stdout : stderr))
			return cli->help ? 0 : CLI_EXIT_USAGE;
		return unknown(cli, commands);
	}
	if (!cli->help)
		return check_options(cli);
	fputs("usage: rentree [-c FILE] [--json]\n", stdout);
	show_command(stdout, cli->command);
	return 0;
}
