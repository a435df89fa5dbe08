#include <string.h>

#include "cmd/cli_check.h"
#include "cmd/cli_mail.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/deadline.h"
#include "lib/store/directory.h"
#include "mailer/smtp.h"

/* --- the directory -------------------------------------------------------- */

/* One identity: as what its lines are known, and who it is. */
struct identity {
	struct check_run *run;
	const char *name;
	const char *bind_dn, *password_file;
};

/* "ok directory: sentence", under the identity's own name. */
static void
on_line(const char *line, void *context)
{
	struct identity *identity = context;
	const char *sentence = strstr(line, ": ");
	enum check_verdict verdict = CHECK_FAIL;

	if (text_has_prefix(line, "ok "))
		verdict = CHECK_OK;
	else if (text_has_prefix(line, "warn "))
		verdict = CHECK_WARN;
	cli_check_say(identity->run, verdict, identity->name, "%s",
	    sentence != NULL ? sentence + 2 : line);
}

/* Somebody who is not there is looked for: does the server answer at all? */
static int
reach(const struct directory_input *input, struct err *err)
{
	struct directory *directory = directory_new(input);
	struct arena arena = {0};
	struct person person;
	enum lookup got;

	got = directory_find_login(
	    directory, "rentree-check", &arena, &person, err);
	arena_reset(&arena);
	directory_free(directory);
	return got == LOOKUP_FAILED && err->kind == ERR_UNAVAILABLE ? -1 : 0;
}

/* A server that is away is no mistake of the configuration, and the rest of
 * them is asked all the same. */
static bool
reach_each(struct identity *identity, const struct directory_input *input)
{
	const struct conf_words *uris = &input->conf->uri;
	bool all = true;

	for (size_t i = 0; i < uris->count; i++) {
		char *list[] = {uris->list[i], NULL};
		struct directory_conf conf = *input->conf;
		struct directory_input one = *input;
		struct err err = {0};

		conf.uri = (struct conf_words){list, 1};
		one.conf = &conf;
		if (reach(&one, &err) == 0)
			continue;
		err_in(&err, "%s", uris->list[i]);
		cli_check_fail(identity->run, identity->name, &err);
		all = false;
	}
	return all;
}

static void
check_identity(struct identity *identity, struct deadline *deadline)
{
	struct cli *cli = identity->run->cli;
	const struct settings *s = &cli->settings;
	struct secret password = {0};
	struct directory_input input = {.conf = &s->directory,
	    .attributes = &s->attributes,
	    .own_domains = &s->site.own_domains,
	    .bind_dn = identity->bind_dn,
	    .password = &password,
	    .deadline = deadline};
	struct directory *directory;
	struct err err = {0};

	if (secret_read_password(identity->password_file, &password, &err) !=
	    0) {
		cli_check_fail(identity->run, identity->name, &err);
		return;
	}
	if (reach_each(identity, &input)) {
		directory = directory_new(&input);
		/* Its lines have said why. */
		if (directory_check(directory, on_line, identity, &err) != 0)
			identity->run->is_misconfigured = true;
		if (identity->bind_dn == s->directory.bind_dn)
			cli_check_desk(identity->run, directory);
		directory_free(directory);
	}
	secret_free(&password);
}

void
cli_check_directory(struct check_run *run)
{
	const struct settings *s = &run->cli->settings;
	struct identity worker = {run, "directory", s->directory.bind_dn,
	    s->directory.bind_password_file};
	struct identity batch = {run, "provision", s->provision.bind_dn,
	    s->provision.bind_password_file};
	struct deadline *deadline;
	struct err err = {0};

	if (directory_library_init(&err) != 0) {
		cli_check_fail(run, "directory", &err);
		return;
	}
	deadline = deadline_new();
	check_identity(&worker, deadline);
	check_identity(&batch, deadline);
	deadline_free(deadline);
}

/* --- mail ----------------------------------------------------------------- */

static void
check_relay(struct check_run *run, struct smtp *smtp, size_t i)
{
	const char *url = run->cli->settings.mail.smtp.list[i];
	struct err err = {0};

	if (smtp_check(smtp, i, &err) == 0) {
		cli_check_say(run, CHECK_OK, "mail", "%s answers", url);
		return;
	}
	err_in(&err, "%s", url);
	cli_check_fail(run, "mail", &err);
}

/* As all letters go, so that relay, SPF and DKIM can be looked at. */
static void
send_letter(struct check_run *run, const char *address)
{
	struct cli_letter letter = {.address = address};
	struct err err = {0};

	if (cli_mail_send(run->cli, &letter, &err) == 0)
		cli_check_say(run, CHECK_OK, "mail",
		    "%s took a letter with the reference %s: look whether it "
		    "came, and not among the unwanted",
		    letter.relay, letter.ref);
	else
		cli_check_fail(run, "mail", &err);
}

void
cli_check_mail(struct check_run *run, const char *address)
{
	const struct mail_conf *conf = &run->cli->settings.mail;
	struct smtp *smtp = NULL;
	struct err err = {0};

	if (smtp_library_init(&err) == 0)
		smtp = smtp_new(conf, &err);
	if (smtp == NULL)
		cli_check_fail(run, "mail", &err);
	for (size_t i = 0; smtp != NULL && i < conf->smtp.count; i++)
		check_relay(run, smtp, i);
	smtp_free(smtp);
	if (address != NULL)
		send_letter(run, address);
}
