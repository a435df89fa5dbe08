/*
 * `account find` and `account show`. Nobody needs a whole rescue address to
 * recognise it, and nobody needs a digest at all.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/people/address.h"
#include "lib/store/directory.h"

enum { FIND_MAX = 50, LABELS_MAX = 8 };

static const char *
state_of(const struct person *person)
{
	return state_name(state_judge(&person->facts, clock_now_ms()));
}

/* --- find ----------------------------------------------------------------- */

static void
print_found(struct cli *cli, const struct directory_found *found)
{
	struct json *list = cli->json ? json_new_array() : NULL;

	for (size_t i = 0; i < found->count; i++) {
		const struct person *person = &found->list[i];
		const char *name =
		    person->display != NULL ? person->display : "";
		struct cli_card card;

		if (!cli->json) {
			printf("%-20s %-9s %s\n", person->login,
			    state_of(person), name);
			continue;
		}
		card = cli_card_new(cli);
		cli_card_text(&card, "login", person->login);
		cli_card_text(&card, "state", state_of(person));
		cli_card_text(&card, "name", name);
		cli_card_list(&card, "mail", person->mails);
		(void)json_add(list, NULL, card.object);
	}
	if (cli->json)
		cli_print_json(cli, list);
}

int
cli_account_find(struct cli *cli, struct err *err)
{
	struct directory_found found;

	if (cli_audit(cli, err) != 0 || cli_directory(cli, err) != 0 ||
	    directory_find_text(cli->directory, cli->words[0], FIND_MAX,
		&cli->arena, &found, err) != 0)
		return -1;
	for (size_t i = 0; i < found.count; i++)
		if (cli_account_note(
			cli, "account.find", &found.list[i], NULL, err) != 0)
			return -1;
	if (found.count == 0 &&
	    cli_account_note(cli, "account.find", NULL, "nobody", err) != 0)
		return -1;
	print_found(cli, &found);
	if (found.count == 0)
		fputs("nobody found\n", stderr);
	if (found.too_many)
		fprintf(stderr, "there are more: only %d are shown; say more\n",
		    FIND_MAX);
	return 0;
}

/* --- show ----------------------------------------------------------------- */

static void
show_time(struct cli_card *card, const char *name, int64_t ms)
{
	char text[CLOCK_ISO];

	if (ms == 0) {
		cli_card_text(card, name, NULL);
		return;
	}
	clock_iso(ms, text);
	cli_card_text(card, name, text);
}

/* "20261123201500Z", as the directory writes times. */
static void
show_directory_time(struct cli_card *card, const char *name, const char *text)
{
	int64_t ms;

	if (text != NULL && clock_from_generalized(text, &ms))
		show_time(card, name, ms);
	else
		cli_card_text(card, name, text);
}

static const char *
mask(struct cli *cli, const char *address)
{
	if (address == NULL || cli->options[CLI_FULL] != NULL)
		return address;
	return address_mask(&cli->arena, address);
}

/* "<time>$<address>": the address. */
static const char *
pending(struct cli *cli, const struct person *person)
{
	const char *value = person->recovery_pending;
	const char *dollar = value != NULL ? strchr(value, '$') : NULL;

	return dollar != NULL ? mask(cli, dollar + 1) : NULL;
}

/* The kinds of proof there are, each once: NUMEN, INE, CODE. */
static char **
proof_labels(struct cli *cli, const struct person *person)
{
	char **labels =
	    arena_array(&cli->arena, LABELS_MAX + 1, sizeof(char *));
	size_t count = 0;

	for (char **proof = person->proofs; *proof != NULL; proof++) {
		size_t len = strcspn(*proof, "}");
		char *label =
		    (*proof)[0] == '{' && (*proof)[len] == '}'
			? arena_dup_n(&cli->arena, *proof + 1, len - 1)
			: arena_dup(&cli->arena, "other");
		size_t i = 0;

		while (i < count && strcmp(labels[i], label) != 0)
			i++;
		if (i == count && count < LABELS_MAX)
			labels[count++] = label;
	}
	return labels;
}

static void
show_who(struct cli *cli, struct cli_card *card, const struct person *person)
{
	cli_card_text(card, "login", person->login);
	cli_card_text(card, "uuid", person->uuid);
	cli_card_text(card, "name", person->display);
	cli_card_list(card, "mail", person->mails);
	cli_card_list(card, "kind", person->kinds);
	cli_card_list(card, "establishment", person->establishments);
	cli_card_list(card, "proof", proof_labels(cli, person));
	cli_card_flag(card, "birth_date", person->birth != NULL);
	cli_card_text(card, "recovery_mail", mask(cli, person->recovery_mail));
	cli_card_text(card, "recovery_pending", pending(cli, person));
}

static void
show_account(
    struct cli_card *card, const struct person *person, const char *lock)
{
	cli_card_text(card, "state", state_of(person));
	cli_card_text(card, "state_value", person->facts.state);
	show_time(card, "state_end", person->facts.state_end_ms);
	show_time(card, "password_end", person->facts.pwd_end_ms);
	if (person->facts.admin_lock)
		cli_card_text(card, "locked", "permanent");
	else
		show_directory_time(card, "locked", lock);
	show_directory_time(card, "password_changed",
	    person->pwd_changed[0] != '\0' ? person->pwd_changed : NULL);
	cli_card_flag(card, "mail_refused",
	    address_was_refused(person->mail_refused, person->recovery_mail));
	show_time(card, "invited", person->invited_ms);
	show_time(card, "activated", person->activated_ms);
	show_time(card, "letter_until", person->letter_end_ms);
	show_time(card, "reissued", person->reissued_ms);
	show_time(card, "code_until", person->code_end_ms);
	show_time(card, "reported", person->disowned_ms);
}

int
cli_account_show(struct cli *cli, struct err *err)
{
	struct person person;
	struct cli_card card;
	const char *lock;

	if (cli_account_open(cli, "account.show", &person, err) != 0 ||
	    cli_account_lock(cli, &person, &lock, err) != 0 ||
	    cli_account_note(cli, "account.show", &person,
		cli->options[CLI_FULL] != NULL ? "full" : NULL, err) != 0)
		return -1;
	card = cli_card_new(cli);
	show_who(cli, &card, &person);
	show_account(&card, &person, lock);
	cli_card_end(cli, &card);
	return 0;
}
