#include "lib/store/limiter_look.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"
#include "lib/store/limiter.h"
#include "lib/store/store_conf.h"

enum { CLASS_TEXT = 16, CLASSES_OF_A_GROUP = 2 };

/* What the classes of limiter_add_*() count, in words. */
struct group_def {
	const char *name, *key;
	const char *classes[CLASSES_OF_A_GROUP];
	long factor; /* of the rates of key */
};

static const struct group_def groups[] = {
    {"address", "per_address", {"a128-", "a64-"}, 1},
    {"network", "per_address", {"a48-"}, LIMITER_NET48_FACTOR},
    {"identity", "per_identity", {"i"}, 1},
    {"number", "per_number", {"n"}, 1},
    {"mailbox", "per_mailbox", {"m"}, 1},
    {"account", "per_mailbox", {"s"}, 1},
    {"resend", NULL, {"r"}, 1},
    {"sign-in", NULL, {"u"}, 1},
    {"password", NULL, {"b"}, 1},
    {"letter", NULL, {"l"}, 1},
    {"other", NULL, {NULL}, 1},
};

enum { OTHER = COUNT_OF(groups) - 1 };

_Static_assert(COUNT_OF(groups) <= LIMITER_GROUPS_MAX, "room for all groups");

static const struct conf_rates *
rates_of(const struct limits_conf *conf, const char *key)
{
	const struct {
		const char *key;
		const struct conf_rates *rates;
	} all[] = {
	    {"per_address", &conf->per_address},
	    {"per_identity", &conf->per_identity},
	    {"per_number", &conf->per_number},
	    {"per_mailbox", &conf->per_mailbox},
	};

	for (size_t i = 0; key != NULL && i < COUNT_OF(all); i++)
		if (strcmp(all[i].key, key) == 0)
			return all[i].rates;
	return NULL;
}

/* The group of "i0": the class, and behind it the number of the rate. */
static size_t
group_of(const char *text, size_t len)
{
	for (size_t i = 0; i < OTHER; i++)
		for (size_t k = 0; k < CLASSES_OF_A_GROUP; k++) {
			const char *class_name = groups[i].classes[k];

			if (class_name != NULL &&
			    strlen(class_name) + 1 == len &&
			    memcmp(class_name, text, len - 1) == 0)
				return i;
		}
	return OTHER;
}

/* GCRA: one more is refused while less than a step of the budget is left. */
static bool
is_used_up(const struct group_def *def, const struct conf_rates *rates,
    size_t which, int64_t left_ms)
{
	int64_t period_ms, burst;

	if (which >= rates->count)
		return false;
	period_ms = (int64_t)rates->list[which].period_s * 1000;
	burst = (int64_t)rates->list[which].burst * def->factor;
	return left_ms > period_ms - (period_ms + burst - 1) / burst;
}

static void
add_counter(struct limiter_view *view, const struct limits_conf *conf,
    const char *text, size_t len, int64_t left_ms)
{
	size_t which = group_of(text, len);
	struct limiter_group *group = &view->groups[which];
	const struct conf_rates *rates = rates_of(conf, group->key);

	group->counters++;
	if (left_ms > group->refilled_ms)
		group->refilled_ms = left_ms;
	if (rates != NULL && is_used_up(&groups[which], rates,
				 (size_t)(text[len - 1] - '0'), left_ms))
		group->used_up++;
}

static int
is_strange(struct err *err)
{
	return err_set(err, ERR_INTERNAL, "limits: strange answer");
}

/* Pages hold the cursor first; "0" begins and ends a walk. */
static int
read_cursor(const struct kv_reply *page, char cursor[24], struct err *err)
{
	if (page->type != KV_LIST || page->count < 1 ||
	    page->items[0].type != KV_BYTES ||
	    !text_format(cursor, 24, "%s", page->items[0].bytes))
		return is_strange(err);
	return 0;
}

static int
read_page(const struct kv_reply *page, const struct limits_conf *conf,
    struct limiter_view *view, struct err *err)
{
	for (size_t i = 1; i < page->count; i++) {
		const struct kv_reply *pair = &page->items[i];

		if (pair->type != KV_LIST || pair->count != 2 ||
		    pair->items[0].type != KV_BYTES || pair->items[0].len < 2 ||
		    pair->items[1].type != KV_INTEGER)
			return is_strange(err);
		if (pair->items[1].integer > 0)
			add_counter(view, conf, pair->items[0].bytes,
			    pair->items[0].len, pair->items[1].integer);
	}
	return 0;
}

int
limiter_look(struct kv *kv, const struct limits_conf *conf,
    struct limiter_view *view, struct err *err)
{
	char base[KV_KEY], cursor[24] = "0";
	int rc;

	*view = (struct limiter_view){.count = COUNT_OF(groups)};
	for (size_t i = 0; i < view->count; i++)
		view->groups[i] = (struct limiter_group){
		    .name = groups[i].name,
		    .key = groups[i].key,
		    .used_up = groups[i].key != NULL ? 0 : -1,
		};
	kv_key(kv, base, "%s", "");
	do {
		struct arena arena = {0};
		struct kv_reply page;

		rc = kv_words(kv, &arena, &page, err, "FCALL", "rentree_limits",
		    "0", base, cursor, NULL);
		if (rc == 0)
			rc = read_cursor(&page, cursor, err);
		if (rc == 0)
			rc = read_page(&page, conf, view, err);
		arena_reset(&arena);
	} while (rc == 0 && strcmp(cursor, "0") != 0);
	return rc;
}

/* --- clearing ------------------------------------------------------------- */

bool
limiter_has_group(const char *name)
{
	for (size_t i = 0; i < OTHER; i++)
		if (strcmp(groups[i].name, name) == 0)
			return true;
	return false;
}

const char *
limiter_group_names(void)
{
	return "address, network, identity, number, mailbox, account, resend, "
	       "sign-in, password, letter";
}

/* The classes of a group with each number a rate may have: at most this many
 * words. */
enum { WORDS_MAX = CLASSES_OF_A_GROUP * CONF_RATES_MAX };

static size_t
add_classes(const char *group, char room[WORDS_MAX][CLASS_TEXT],
    struct kv_arg words[WORDS_MAX])
{
	const struct group_def *def = NULL;
	size_t used = 0;

	for (size_t i = 0; group != NULL && i < OTHER; i++)
		if (strcmp(groups[i].name, group) == 0)
			def = &groups[i];
	if (def == NULL) {
		words[0] = kv_text("");
		return 1;
	}
	for (size_t k = 0; k < CLASSES_OF_A_GROUP; k++)
		for (unsigned n = 0;
		     def->classes[k] != NULL && n < CONF_RATES_MAX; n++) {
			(void)!text_format(
			    room[used], CLASS_TEXT, "%s%u", def->classes[k], n);
			words[used] = kv_text(room[used]);
			used++;
		}
	return used;
}

int
limiter_clear(
    struct kv *kv, const char *group, int64_t *cleared, struct err *err)
{
	char base[KV_KEY], cursor[24] = "0", room[WORDS_MAX][CLASS_TEXT];
	struct kv_arg args[5 + WORDS_MAX] = {
	    kv_text("FCALL"), kv_text("rentree_unlimit"), kv_text("0")};
	size_t used = 5 + add_classes(group, room, args + 5);
	int rc;

	*cleared = 0;
	kv_key(kv, base, "%s", "");
	args[3] = kv_text(base);
	do {
		struct arena arena = {0};
		struct kv_reply page;

		args[4] = kv_text(cursor);
		rc = kv_command(kv, args, used, &arena, &page, err);
		if (rc == 0)
			rc = read_cursor(&page, cursor, err);
		if (rc == 0 &&
		    (page.count != 2 || page.items[1].type != KV_INTEGER))
			rc = is_strange(err);
		if (rc == 0)
			*cleared += page.items[1].integer;
		arena_reset(&arena);
	} while (rc == 0 && strcmp(cursor, "0") != 0);
	return rc;
}
