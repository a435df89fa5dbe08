/*
 * `provision moderate`: who may be whom. Without operands it lists what is
 * undecided, and on a terminal asks about each; with an id and a word it
 * decides.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/cli_batch.h"
#include "cmd/cli_lock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/moderation.h"
#include "lib/store/audit.h"

/* --- listing -------------------------------------------------------------- */

static bool
is_shown(const struct cli *cli, const struct moderation_case *one)
{
	return cli->options[CLI_FULL] != NULL || one->word == MODERATION_OPEN ||
	       one->word == MODERATION_LATER;
}

static const char *
word_text(const struct moderation_case *one)
{
	if (one->word != MODERATION_OPEN)
		return moderation_word_name(one->word);
	return one->likely ? "probably the same" : "undecided";
}

/* "Jean Dupont, enseignant, 0590121L, jean.dupont@ac-exemple.fr" */
static const char *
about(struct cli *cli, const struct moderation_account *account)
{
	const char *const known[] = {account->display, account->kind,
	    account->establishment, account->mail};
	const char *text = "";

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i][0] != '\0')
			text = arena_printf(&cli->arena, "%s%s%s", text,
			    text[0] != '\0' ? ", " : "", known[i]);
	return cli_clean(cli, text);
}

static void
print_case(struct cli *cli, const struct moderation_case *one)
{
	printf("%s  %s (%s%s%s)\n", one->id, cli_clean(cli, one->name),
	    one->kind, one->establishment[0] != '\0' ? ", " : "",
	    one->establishment);
	printf("          may be %s (%s): %s\n",
	    cli_clean(cli, one->account.login), about(cli, &one->account),
	    word_text(one));
}

static void
add_case(struct json *list, const struct moderation_case *one)
{
	struct json *item = json_add(list, NULL, json_new_object());

	json_text(item, "id", one->id);
	json_text(item, "name", one->name);
	json_text(item, "kind", one->kind);
	json_text(item, "establishment", one->establishment);
	json_text(item, "login", one->account.login);
	json_text(item, "account", one->account.display);
	json_text(item, "account_kind", one->account.kind);
	json_text(item, "account_establishment", one->account.establishment);
	json_text(item, "account_mail", one->account.mail);
	json_flag(item, "likely", one->likely);
	json_text(item, "decision", moderation_word_name(one->word));
}

static void
list_cases(struct cli *cli, const struct moderation *moderation)
{
	struct json *list = cli->json ? json_new_array() : NULL;
	size_t count = 0;

	for (const struct moderation_case *one = moderation->first; one != NULL;
	     one = one->next) {
		if (!is_shown(cli, one))
			continue;
		count++;
		if (list != NULL)
			add_case(list, one);
		else
			print_case(cli, one);
	}
	if (list != NULL)
		cli_print_json(cli, list);
	else if (count == 0)
		puts("nothing to decide");
}

/* --- deciding ------------------------------------------------------------- */

static int
decide(struct cli *cli, struct moderation *moderation,
    struct moderation_case *one, enum moderation_word word, struct err *err)
{
	const struct audit_entry entry = {.event = "provision.moderated",
	    .actor = cli_actor(cli),
	    .reason = arena_printf(&cli->arena, "%s %s: %s", one->id,
		one->account.login, moderation_word_name(word))};

	moderation_decide(moderation, one, word);
	if (moderation_save(moderation, err) != 0)
		return -1;
	return audit_write(cli->audit, &entry, err);
}

/* 1: no more questions. */
static int
ask_one(struct cli *cli, struct moderation *moderation,
    struct moderation_case *one, struct err *err)
{
	static const char letters[] = "sdl";
	static const enum moderation_word words[] = {
	    MODERATION_SAME, MODERATION_DIFFERENT, MODERATION_LATER};
	char answer[64];
	const char *at;

	for (;;) {
		print_case(cli, one);
		printf("          [s]ame, [d]ifferent, [l]ater, [q]uit? ");
		fflush(stdout);
		if (fgets(answer, sizeof answer, stdin) == NULL ||
		    answer[0] == 'q')
			return 1;
		at = answer[0] != '\n' ? strchr(letters, answer[0]) : NULL;
		if (at != NULL && *at != '\0')
			return decide(
			    cli, moderation, one, words[at - letters], err);
	}
}

static int
ask_all(struct cli *cli, struct moderation *moderation, struct err *err)
{
	int rc = 0;

	for (struct moderation_case *one = moderation->first;
	     rc == 0 && one != NULL; one = one->next)
		if (one->word == MODERATION_OPEN ||
		    one->word == MODERATION_LATER)
			rc = ask_one(cli, moderation, one, err);
	return rc < 0 ? -1 : 0;
}

static int
decide_by_id(struct cli *cli, struct moderation *moderation, struct err *err)
{
	struct moderation_case *one =
	    moderation_by_id(moderation, cli->words[0]);
	enum moderation_word word;

	if (!moderation_word_read(cli->words[1], &word) ||
	    word == MODERATION_OPEN)
		return cli_usage(
		    cli, "a decision is one of same, different, later");
	if (one == NULL)
		return err_set(err, ERR_INPUT, "%s: no question of that id",
		    cli->words[0]);
	if (decide(cli, moderation, one, word, err) != 0)
		return -1;
	if (cli->json) {
		struct json *list = json_new_array();

		add_case(list, one);
		cli_print_json(cli, list);
	} else {
		print_case(cli, one);
	}
	return 0;
}

static int
moderate(struct cli *cli, struct err *err)
{
	struct moderation moderation;
	int rc = moderation_open(
	    &moderation, cli_moderation_path(cli), &cli->arena, err);

	if (rc == 0 && cli->count == 2)
		rc = decide_by_id(cli, &moderation, err);
	else if (rc == 0 && !cli->json && cli->options[CLI_FULL] == NULL &&
		 isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
		 moderation.first != NULL)
		rc = ask_all(cli, &moderation, err);
	else if (rc == 0)
		list_cases(cli, &moderation);
	moderation_close(&moderation);
	return rc;
}

int
cli_provision_moderate(struct cli *cli, struct err *err)
{
	int lock, rc;

	if (cli->count == 1)
		return cli_usage(cli, "a decision is missing behind the id");
	if (cli_settings(cli, err) != 0 || cli_audit(cli, err) != 0)
		return -1;
	lock = cli_lock(cli, err);
	if (lock < 0)
		return -1;
	rc = moderate(cli, err);
	close(lock);
	return rc;
}
