/*
 * `audit show | verify | export`. Reading about a person is a look-up, and
 * leaves a line like any other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/store/audit.h"

enum { EXPORT_MAX = 64 * 1024 * 1024 };

static int
note(struct cli *cli, const char *event, struct err *err)
{
	const struct audit_entry entry = {
	    .event = event, .login = cli->words[0], .actor = cli_actor(cli)};

	return audit_write(cli->audit, &entry, err);
}

/* What logrotate calls them: audit.jsonl.1 is younger than audit.jsonl.2. */
enum { ROTATED_MAX = 1000 };

static const char *
rotated(struct cli *cli, int n, const char *ending)
{
	return arena_printf(
	    &cli->arena, "%s.%d%s", cli->settings.audit.file, n, ending);
}

struct export
{
	struct cli *cli;
	struct buf *out; /* NULL: the entryUUID alone is looked for */
	struct audit_about about;
	char uuid[AUDIT_UUID], subject[17];
};

static int
read_one(struct export *export, const char *path, struct err *err)
{
	return export->out == NULL
		   ? audit_find_uuid(
			 path, export->about.login, export->uuid, err)
		   : audit_export(path, &export->about, export->out, err);
}

/* Of the files that were rotated away and are still here, the oldest first. */
static int
read_older(struct export *export, struct err *err)
{
	struct cli *cli = export->cli;
	int n = 0;

	while (n < ROTATED_MAX &&
	       (access(rotated(cli, n + 1, ""), F_OK) == 0 ||
		   access(rotated(cli, n + 1, ".gz"), F_OK) == 0))
		n++;
	for (; n > 0; n--) {
		if (access(rotated(cli, n, ""), F_OK) == 0) {
			if (read_one(export, rotated(cli, n, ""), err) != 0)
				return -1;
		} else if (export->out != NULL) {
			fprintf(stderr,
			    "%s: compressed, not read: unpack it to have its "
			    "lines, too\n",
			    rotated(cli, n, ".gz"));
		}
	}
	return 0;
}

static int
read_all(struct export *export, struct err *err)
{
	if (read_older(export, err) != 0)
		return -1;
	return read_one(export, export->cli->settings.audit.file, err);
}

/* Every line about the login that can be read is in out, also on failure. Some
 * have the entryUUID in its place, or only the pseudonym of that. */
static int
collect(struct cli *cli, const char *event, struct buf *out, struct err *err)
{
	struct export export = {.cli = cli, .about = {.login = cli->words[0]}};
	struct err first = {0};

	if (cli_audit(cli, err) != 0)
		return -1;
	/* What is wrong with a file is told by the second look. */
	if (read_all(&export, &first) == 0 && export.uuid[0] != '\0') {
		audit_pseudonym(cli->audit, export.uuid, strlen(export.uuid),
		    export.subject);
		export.about.uuid = export.uuid;
		export.about.subject = export.subject;
	}
	export.out = out;
	return read_all(&export, err) == 0 ? note(cli, event, err) : -1;
}

/* --- show ----------------------------------------------------------------- */

static void
print_line(struct cli *cli, const struct json *line)
{
	static const char *const names[] = {"actor", "reason", "ref"};
	const char *ts = json_get_text(line, "ts");
	const char *event = json_get_text(line, "event");

	printf("%s  %s\n", ts != NULL ? ts : "?",
	    event != NULL ? cli_clean(cli, event) : "?");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = json_get_text(line, names[i]);

		if (value != NULL)
			printf(
			    "    %-7s %s\n", names[i], cli_clean(cli, value));
	}
}

static void
print_lines(struct cli *cli, char *text)
{
	struct json *list = cli->json ? json_new_array() : NULL;
	struct err err;

	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		struct json *line =
		    json_parse(text, (size_t)(end - text), &err);

		if (line == NULL)
			continue;
		if (list != NULL) {
			(void)json_add(list, NULL, line);
			continue;
		}
		print_line(cli, line);
		json_free(line);
	}
	if (list != NULL)
		cli_print_json(cli, list);
}

int
cli_audit_show(struct cli *cli, struct err *err)
{
	struct buf out;
	int rc;

	buf_init(&out, EXPORT_MAX);
	rc = collect(cli, "audit.show", &out, err);
	if (rc == 0 && out.len == 0)
		fputs("the audit has no line about that login\n", stderr);
	if (out.len > 0 || cli->json)
		print_lines(cli, arena_dup(&cli->arena, buf_text(&out)));
	buf_free(&out);
	return rc;
}

/* --- export --------------------------------------------------------------- */

/* As they are in the file; with --json one list of them. */
int
cli_audit_export(struct cli *cli, struct err *err)
{
	struct buf out;
	int rc;

	buf_init(&out, EXPORT_MAX);
	rc = collect(cli, "audit.export", &out, err);
	if (cli->json)
		print_lines(cli, arena_dup(&cli->arena, buf_text(&out)));
	else
		fputs(buf_text(&out), stdout);
	buf_free(&out);
	return rc;
}

/* --- verify --------------------------------------------------------------- */

/* A file that was rotated away is named by its path. A chain is whole or
 * broken: a login that is given narrows nothing. */
int
cli_audit_verify(struct cli *cli, struct err *err)
{
	const char *path = cli->words[0];
	unsigned long lines = 0;
	struct cli_card card;
	int rc;

	if (cli_audit(cli, err) != 0)
		return -1;
	if (path == NULL || strchr(path, '/') == NULL)
		path = cli->settings.audit.file;
	rc = audit_verify(path, &cli->audit_key, &lines, err);
	card = cli_card_new(cli);
	cli_card_text(&card, "file", path);
	cli_card_number(&card, "good_lines", (long long)lines);
	cli_card_flag(&card, "whole", rc == 0);
	cli_card_end(cli, &card);
	return rc;
}
