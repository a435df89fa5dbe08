#include "cmd/cli_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"

enum { SENTENCE = 512, SAMPLE_MAX = 64 * 1024 };

static void
print(struct check_run *run, enum check_verdict verdict, const char *name,
    const char *sentence)
{
	static const char *const words[] = {"ok", "warn", "fail"};
	struct json *item;

	sentence = cli_clean(run->cli, sentence);
	if (run->list == NULL) {
		printf("%s %s: %s\n", words[verdict], name, sentence);
		fflush(stdout);
		return;
	}
	item = json_add(run->list, NULL, json_new_object());
	json_text(item, "verdict", words[verdict]);
	json_text(item, "name", name);
	json_text(item, "sentence", sentence);
}

void
cli_check_say(struct check_run *run, enum check_verdict verdict,
    const char *name, const char *fmt, ...)
{
	char sentence[SENTENCE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(sentence, sizeof sentence, fmt, args);
	va_end(args);
	if (verdict == CHECK_FAIL)
		run->is_misconfigured = true;
	print(run, verdict, name, sentence);
}

void
cli_check_fail(struct check_run *run, const char *name, const struct err *err)
{
	if (err->kind == ERR_CONFIG || err->kind == ERR_DENIED ||
	    err->kind == ERR_INPUT)
		run->is_misconfigured = true;
	else
		run->is_cut_off = true;
	print(run, CHECK_FAIL, name, err->text);
}

/* deploy/rentree.conf is made by this. */
static int
print_sample(struct err *err)
{
	struct conf_section sections[SETTINGS_SECTIONS];
	struct settings settings = {0};
	struct buf sample;
	int rc = 0;

	settings_sections(&settings, sections);
	buf_init(&sample, SAMPLE_MAX);
	conf_write_sample(sections, &sample);
	if (buf_ok(&sample))
		fputs(buf_text(&sample), stdout);
	else
		rc = err_set(err, ERR_INTERNAL, "the sample is too long");
	buf_free(&sample);
	return rc;
}

static int
verdict_of(const struct check_run *run)
{
	if (run->is_misconfigured)
		return err_exit_code(ERR_CONFIG);
	return run->is_cut_off ? err_exit_code(ERR_UNAVAILABLE) : 0;
}

int
cli_check(struct cli *cli, struct err *err)
{
	struct check_run run = {.cli = cli};

	if (cli->options[CLI_SAMPLE] != NULL)
		return print_sample(err);
	run.list = cli->json ? json_new_array() : NULL;
	if (cli_settings(cli, err) == 0) {
		cli_check_say(&run, CHECK_OK, "config", "%s", cli->config);
		cli_check_zone(&run);
		cli_check_keys(&run);
		cli_check_texts(&run);
		cli_check_audit(&run);
		cli_check_modes(&run);
		cli_check_directory(&run);
		cli_check_redis(&run);
		cli_check_mail(&run, cli->options[CLI_MAIL]);
		cli_check_hooks(&run);
	} else {
		cli_check_say(&run, CHECK_FAIL, "config",
		    "%s is not usable: nothing else was asked", cli->config);
	}
	if (run.list != NULL)
		cli_print_json(cli, run.list);
	return verdict_of(&run);
}
