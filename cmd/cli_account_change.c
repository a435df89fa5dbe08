/*
 * `account suspend | resume | settle`: what no desk does. One act each, and one
 * way to find the account, write the audit line and answer.
 */
#include <stdio.h>

#include "cmd/cli_account.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/expel.h"
#include "lib/flow/flow_conf.h"
#include "lib/store/directory.h"

enum act_end { ACT_FAILED = -1, ACT_DONE, ACT_NOT_NEEDED };

struct act {
	const char *event;
	const char *done, *not_needed; /* behind the login, in the answer */
	enum act_end (*on)(
	    struct cli *cli, const struct person *person, struct err *err);
};

/* --- the way of all acts ---------------------------------------------------
 */

static void
answer(struct cli *cli, const struct person *person, const char *event,
    const char *sentence)
{
	struct cli_card card;

	if (!cli->json) {
		printf("%s: %s\n", person->login, sentence);
		return;
	}
	card = cli_card_new(cli);
	cli_card_text(&card, "login", person->login);
	cli_card_text(&card, "event", event);
	cli_card_text(&card, "result", sentence);
	cli_card_end(cli, &card);
}

/* What was tried leaves a line, too. Of two errors the first is told. */
static int
fail(struct cli *cli, const struct act *act, const struct person *person,
    const struct err *err)
{
	struct err ignored = {0};

	if (cli_account_note(cli, act->event, person,
		err->kind == ERR_REFUSED ? "refused" : "failed", &ignored) != 0)
		fprintf(stderr, "%s\n", ignored.text);
	return -1;
}

static int
do_act(struct cli *cli, const struct act *act, struct err *err)
{
	struct person person;
	enum act_end end;

	if (cli_account_open(cli, act->event, &person, err) != 0)
		return -1;
	end = act->on(cli, &person, err);
	if (end == ACT_FAILED)
		return fail(cli, act, &person, err);
	answer(cli, &person, act->event,
	    end == ACT_DONE ? act->done : act->not_needed);
	if (cli_account_note(cli, act->event, &person,
		end == ACT_DONE ? NULL : act->not_needed, err) != 0)
		return err_in(err, "done, but not in the audit");
	return 0;
}

/* The entry was there a moment ago. */
static enum act_end
changed(enum lookup got, struct err *err)
{
	if (got == LOOKUP_ABSENT)
		err_set(
		    err, ERR_UNAVAILABLE, "the account went away meanwhile");
	return got == LOOKUP_FOUND ? ACT_DONE : ACT_FAILED;
}

static enum act_end
refuse(struct err *err, const char *sentence)
{
	err_set(err, ERR_REFUSED, "%s", sentence);
	return ACT_FAILED;
}

static enum state
judge(const struct person *person)
{
	return state_judge(&person->facts, clock_now_ms());
}

/* --- locks -----------------------------------------------------------------
 */

/* What is open, and whatever remembers how the last login went, ends too. */
static int
expel(struct cli *cli, const struct person *person, enum expel_why why,
    const char *else_what, struct err *err)
{
	struct expel_request request = {.why = why, .uuid = person->uuid};

	if (!hooks_conf_any(&cli->settings.hooks))
		return 0;
	visitor_make_ref(request.ref);
	if (cli_sealer(cli, err) == 0 && cli_kv(cli, err) == 0 &&
	    expel_ask(cli->kv, &cli->sealer, &request, clock_now_ms(), err) ==
		0)
		return 0;
	return err_in(err, "%s", else_what);
}

/* First the directory, which must not wait for anything else. */
static enum act_end
suspend(struct cli *cli, const struct person *person, struct err *err)
{
	enum act_end end = changed(
	    directory_suspend(cli->directory, person->dn, clock_now_ms(), err),
	    err);

	if (end == ACT_DONE &&
	    expel(cli, person, EXPEL_CLOSED,
		"it is suspended, but what is open stays open; suspend it "
		"again",
		err) != 0)
		return ACT_FAILED;
	return end;
}

int
cli_account_suspend(struct cli *cli, struct err *err)
{
	static const struct act act = {
	    "account.suspend", "is suspended", NULL, suspend};

	return do_act(cli, &act, err);
}

static enum act_end
open_again(struct cli *cli, const struct person *person, struct err *err)
{
	enum act_end end =
	    changed(directory_resume(cli->directory, person->dn, err), err);

	if (end == ACT_DONE &&
	    expel(cli, person, EXPEL_OPENED,
		"it is open again, but whoever remembers that it was not may "
		"refuse a login for some minutes",
		err) != 0)
		return ACT_FAILED;
	return end;
}

/* Only a suspension is ended here: who has left stays away. */
static enum act_end
resume(struct cli *cli, const struct person *person, struct err *err)
{
	switch (judge(person)) {
	case STATE_SUSPENDED:
		return open_again(cli, person, err);
	case STATE_ACTIVE:
		return ACT_NOT_NEEDED;
	default:
		return refuse(err,
		    "the account is not suspended, it has ended: rentree "
		    "account show says how");
	}
}

int
cli_account_resume(struct cli *cli, struct err *err)
{
	static const struct act act = {
	    "account.resume", "is open again", "was not suspended", resume};

	return do_act(cli, &act, err);
}

/* --- "it was not me" -------------------------------------------------------
 */

static enum act_end
settle(struct cli *cli, const struct person *person, struct err *err)
{
	const struct change change = {CHANGE_REPLACE, "rentreeDisowned", NULL};

	if (person->disowned_ms == 0)
		return ACT_NOT_NEEDED;
	return changed(
	    directory_change(cli->directory, person->dn, &change, 1, NULL, err),
	    err);
}

int
cli_account_settle(struct cli *cli, struct err *err)
{
	static const struct act act = {"account.settle",
	    "is not reported any more", "was not reported", settle};

	return do_act(cli, &act, err);
}
