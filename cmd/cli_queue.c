/*
 * `queue list | retry | drop`. Nobody but the worker opens a request: what is
 * shown is its envelope's number, lane, age and tries.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/store/audit.h"
#include "lib/store/queue.h"

enum { LIST_MAX = 10000, AGE_TEXT = 24 };

/* --- list ----------------------------------------------------------------- */

static const char *
age(int64_t ms, char out[AGE_TEXT])
{
	static const struct {
		int64_t ms;
		char unit;
	} units[] = {
	    {86400000, 'd'},
	    {3600000, 'h'},
	    {60000, 'm'},
	    {1000, 's'},
	};
	size_t i = 0;

	while (i + 1 < COUNT_OF(units) && ms < 2 * units[i].ms)
		i++;
	(void)snprintf(out, AGE_TEXT, "%lld%c", (long long)(ms / units[i].ms),
	    units[i].unit);
	return out;
}

static const char *
lane(const struct queue_entry *entry)
{
	return entry->lane == QUEUE_BULK ? "bulk" : "mail";
}

/* take() counts a loss beforehand, later() takes it back. */
static const char *
reason(const struct queue_entry *entry)
{
	if (entry->dead)
		return "too many workers died over it";
	if (entry->losses > 0)
		return entry->due_in_ms > 0 ? "in a worker's hands"
					    : "a worker died over it";
	return entry->attempt > 0 ? "waits for its next try" : "new";
}

static void
print_state(const struct queue_state *state)
{
	char text[AGE_TEXT];

	printf("waiting: %lld mail, %lld bulk; held: %lld; dead: %lld\n",
	    (long long)state->mail_waiting, (long long)state->bulk_waiting,
	    (long long)state->held, (long long)state->dead);
	if (state->oldest_ms > 0)
		printf("oldest:  %s\n", age(state->oldest_ms, text));
}

static void
print_entry(const struct queue_entry *entry)
{
	char old[AGE_TEXT], due[AGE_TEXT];

	printf("%s  %s\n    %s old, tries %u", entry->id, lane(entry),
	    age(entry->age_ms, old), (unsigned)entry->attempt);
	if (!entry->dead && entry->due_in_ms > 0)
		printf(", due in %s", age(entry->due_in_ms, due));
	printf(": %s\n", reason(entry));
}

static struct json *
entry_json(const struct queue_entry *entry)
{
	struct json *object = json_new_object();

	json_text(object, "id", entry->id);
	json_text(object, "lane", lane(entry));
	json_flag(object, "dead", entry->dead);
	json_number(object, "tries", entry->attempt);
	json_number(object, "losses", entry->losses);
	json_number(object, "age_ms", entry->age_ms);
	json_number(object, "due_in_ms", entry->due_in_ms);
	json_text(object, "reason", reason(entry));
	return object;
}

static void
print_json(struct cli *cli, const struct queue_state *state,
    const struct queue_entry *entries, size_t count)
{
	struct json *root = json_new_object();
	struct json *list;

	json_number(root, "mail_waiting", state->mail_waiting);
	json_number(root, "bulk_waiting", state->bulk_waiting);
	json_number(root, "held", state->held);
	json_number(root, "dead", state->dead);
	json_number(root, "oldest_ms", state->oldest_ms);
	list = json_add(root, "requests", json_new_array());
	for (size_t i = 0; i < count; i++)
		(void)json_add(list, NULL, entry_json(&entries[i]));
	cli_print_json(cli, root);
}

int
cli_queue_list(struct cli *cli, struct err *err)
{
	bool only_dead = cli->options[CLI_DEAD] != NULL;
	struct queue_entry *entries;
	struct queue_state state;
	size_t count;

	if (cli_kv(cli, err) != 0 || queue_state(cli->kv, &state, err) != 0 ||
	    queue_list(cli->kv, only_dead, LIST_MAX, &cli->arena, &entries,
		&count, err) != 0)
		return -1;
	if (cli->json) {
		print_json(cli, &state, entries, count);
		return 0;
	}
	print_state(&state);
	for (size_t i = 0; i < count; i++)
		print_entry(&entries[i]);
	if (count == LIST_MAX)
		fprintf(stderr, "only the first %d are listed\n", LIST_MAX);
	return 0;
}

/* --- retry and drop ------------------------------------------------------- */

struct act {
	const char *event;
	const char *word; /* "dropped" */
	enum lookup (*do_it)(struct kv *kv, const char *id, struct err *err);
	struct json *list;
	size_t done, unknown;
};

static enum lookup
retry(struct kv *kv, const char *id, struct err *err)
{
	return queue_retry(kv, id, err);
}

static enum lookup
drop(struct kv *kv, const char *id, struct err *err)
{
	return queue_drop(kv, id, err);
}

static int
act_on(struct cli *cli, struct act *act, const char *id, struct err *err)
{
	const struct audit_entry entry = {
	    .event = act->event, .actor = cli_actor(cli), .ref = id};

	switch (act->do_it(cli->kv, id, err)) {
	case LOOKUP_ABSENT:
		fprintf(stderr, "%s: no such request\n", cli_clean(cli, id));
		act->unknown++;
		return 0;
	case LOOKUP_FAILED:
		return -1;
	case LOOKUP_FOUND:
		break;
	}
	act->done++;
	if (act->list != NULL)
		json_add_text(act->list, id);
	else
		printf("%s  %s\n", id, act->word);
	return audit_write(cli->audit, &entry, err);
}

static int
act_on_dead(struct cli *cli, struct act *act, struct err *err)
{
	struct queue_entry *entries;
	size_t count;

	if (queue_list(cli->kv, true, LIST_MAX, &cli->arena, &entries, &count,
		err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (act_on(cli, act, entries[i].id, err) != 0)
			return -1;
	return 0;
}

static bool
is_id(const char *text)
{
	return strlen(text) == QUEUE_ID - 1 &&
	       text[strspn(text, "0123456789abcdef")] == '\0';
}

static int
act_on_ids(struct cli *cli, struct act *act, struct err *err)
{
	for (size_t i = 0; i < cli->count; i++)
		if (act_on(cli, act, cli->words[i], err) != 0)
			return -1;
	return 0;
}

static int
act_on_all(struct cli *cli, struct act *act, struct err *err)
{
	bool dead = cli->options[CLI_DEAD] != NULL;
	int rc;

	if (dead == (cli->count > 0))
		return cli_usage(
		    cli, "either --dead (all of them) or the ids of requests");
	for (size_t i = 0; i < cli->count; i++)
		if (!is_id(cli->words[i]))
			return cli_usage(
			    cli, "an id has 32 characters of 0-9 and a-f");
	if (cli_audit(cli, err) != 0 || cli_kv(cli, err) != 0)
		return -1;
	act->list = cli->json ? json_new_array() : NULL;
	rc = dead ? act_on_dead(cli, act, err) : act_on_ids(cli, act, err);
	if (act->list != NULL)
		cli_print_json(cli, act->list);
	else if (rc == 0 && act->done + act->unknown == 0)
		fputs("there are none\n", stderr);
	if (rc == 0 && act->unknown > 0)
		return err_exit_code(ERR_INPUT);
	return rc;
}

int
cli_queue_retry(struct cli *cli, struct err *err)
{
	struct act act = {
	    .event = "queue.retry", .word = "waits again", .do_it = retry};

	return act_on_all(cli, &act, err);
}

int
cli_queue_drop(struct cli *cli, struct err *err)
{
	struct act act = {
	    .event = "queue.drop", .word = "dropped", .do_it = drop};

	return act_on_all(cli, &act, err);
}
