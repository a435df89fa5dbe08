/*
 * `account invite | unlock | suspend | resume | set-recovery-mail`.
 */
#include <string.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/invite.h"
#include "lib/people/address.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"

/* The lock of an administrator: no failed bind ever wrote it. */
#define NOT_PERMANENT "(!(pwdAccountLockedTime=000001010000Z))"

/* FOUND or -1: the entry was there a moment ago. */
static int
changed(enum lookup got, struct err *err)
{
	if (got == LOOKUP_ABSENT)
		return err_set(
		    err, ERR_UNAVAILABLE, "the account went away meanwhile");
	return got == LOOKUP_FOUND ? 0 : -1;
}

static enum state
judge(const struct person *person)
{
	return state_judge(&person->facts, clock_now_ms());
}

/* --- invite --------------------------------------------------------------- */

static int
may_invite(const struct person *person, struct err *err)
{
	if (judge(person) != STATE_ACTIVE)
		return err_set(err, ERR_REFUSED,
		    "the account is %s: nothing was sent",
		    state_name(judge(person)));
	if (person->activated_ms != 0)
		return err_set(err, ERR_REFUSED,
		    "the account was activated already: its owner gets a new "
		    "password by \"Mot de passe oublié\"");
	if (person->recovery_mail == NULL)
		return err_set(err, ERR_REFUSED,
		    "there is no rescue address: rentree account "
		    "set-recovery-mail sets one");
	return 0;
}

int
cli_account_invite(struct cli *cli, struct err *err)
{
	const struct conf_words *languages;
	struct invite_request request = {0};
	struct person person;
	const char *language;

	if (cli_account_open(cli, "account.invite", &person, err) != 0 ||
	    may_invite(&person, err) != 0 || cli_sealer(cli, err) != 0 ||
	    cli_kv(cli, err) != 0)
		return -1;
	languages = &cli->settings.site.languages;
	language =
	    person.language != NULL ? person.language : languages->list[0];
	if (!text_format(
		request.language, sizeof request.language, "%s", language))
		return err_set(err, ERR_CONFIG, "[site] languages: too long");
	request.login = person.login;
	visitor_make_ref(request.ref);
	/* The reference is random: asked again, it is sent again. */
	if (invite_ask(cli->kv, &cli->sealer, &request, request.ref,
		clock_now_ms(), err) != 0)
		return -1;
	return cli_account_done(cli, "account.invite", &person,
	    "the invitation is on its way", err);
}

/* --- locks ---------------------------------------------------------------- */

int
cli_account_unlock(struct cli *cli, struct err *err)
{
	const struct change change = {
	    CHANGE_REPLACE, "pwdAccountLockedTime", NULL};
	struct person person;
	const char *lock;

	if (cli_account_open(cli, "account.unlock", &person, err) != 0 ||
	    cli_account_lock(cli, &person, &lock, err) != 0)
		return -1;
	if (person.facts.admin_lock)
		return err_set(err, ERR_REFUSED,
		    "the account is locked for good: rentree account resume "
		    "ends a suspension");
	if (lock == NULL)
		return cli_account_done(
		    cli, "account.unlock", &person, "was not locked", err);
	if (changed(directory_change(cli->directory, person.dn, &change, 1,
			NOT_PERMANENT, err),
		err) != 0)
		return -1;
	return cli_account_done(
	    cli, "account.unlock", &person, "is not locked any more", err);
}

int
cli_account_suspend(struct cli *cli, struct err *err)
{
	struct person person;

	if (cli_account_open(cli, "account.suspend", &person, err) != 0 ||
	    changed(directory_suspend(
			cli->directory, person.dn, clock_now_ms(), err),
		err) != 0)
		return -1;
	return cli_account_done(
	    cli, "account.suspend", &person, "is suspended", err);
}

/* Only a suspension is ended here: who has left stays away. */
int
cli_account_resume(struct cli *cli, struct err *err)
{
	struct person person;

	if (cli_account_open(cli, "account.resume", &person, err) != 0)
		return -1;
	switch (judge(&person)) {
	case STATE_SUSPENDED:
		break;
	case STATE_ACTIVE:
		return cli_account_done(
		    cli, "account.resume", &person, "was not suspended", err);
	default:
		return err_set(err, ERR_REFUSED,
		    "the account is not suspended: its state is %s",
		    state_name(judge(&person)));
	}
	if (changed(directory_resume(cli->directory, person.dn, err), err) != 0)
		return -1;
	return cli_account_done(
	    cli, "account.resume", &person, "is open again", err);
}

/* --- the rescue address --------------------------------------------------- */

/* Where the address is kept, it must also be the first place it is read from,
 * or what is written here would not count. */
static int
check_mapping(const struct settings *settings, struct err *err)
{
	const struct conf_words *names = &settings->attributes.recovery_mail;

	if (names->count > 0 &&
	    text_equal_nocase(names->list[0], "rentreeRecoveryMail"))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "[directory.attributes] recovery_mail does not begin with "
	    "rentreeRecoveryMail: set the address where it is kept");
}

static int
write_address(struct cli *cli, const struct person *person, const char *address,
    struct err *err)
{
	const char *values[] = {address, NULL};
	const char *classes[] = {"rentreeAccount", NULL};
	struct change changes[] = {
	    {CHANGE_REPLACE, "rentreeRecoveryMail", values},
	    /* What the person typed before is not verified any more, nor
	     * may it come to count later. */
	    {CHANGE_REPLACE, "rentreeRecoveryMailVerified", NULL},
	    {CHANGE_REPLACE, "rentreeRecoveryMailPending", NULL},
	    {CHANGE_ADD, "objectClass", NULL},
	};

	switch (directory_holds(
	    cli->directory, person->dn, "objectClass", "rentreeAccount", err)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_ABSENT:
		changes[3].values = classes;
		break;
	default:
		return -1;
	}
	return changed(directory_change(cli->directory, person->dn, changes,
			   COUNT_OF(changes), NULL, err),
	    err);
}

int
cli_account_set_recovery_mail(struct cli *cli, struct err *err)
{
	const char *address = address_parse(&cli->arena, cli->words[1]);
	struct person person;

	if (cli_settings(cli, err) != 0 ||
	    check_mapping(&cli->settings, err) != 0)
		return -1;
	if (address == NULL)
		return err_set(err, ERR_INPUT, "that is not a mail address");
	if (address_is_in(address,
		(const char *const *)cli->settings.site.own_domains.list))
		return err_set(err, ERR_INPUT,
		    "a rescue address is never in a domain of our own: "
		    "without the password nobody could read it");
	if (cli_account_open(cli, "account.recovery-mail", &person, err) != 0 ||
	    write_address(cli, &person, address, err) != 0)
		return -1;
	return cli_account_done(cli, "account.recovery-mail", &person,
	    "the rescue address is set", err);
}
