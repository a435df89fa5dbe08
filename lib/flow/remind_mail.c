#include "lib/flow/remind_mail.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "lib/base/text.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/flow/links.h"
#include "lib/people/address.h"
#include "lib/people/person.h"
#include "lib/store/limiter.h"
#include "lib/store/store_conf.h"

bool
remind_is_dormant(const struct person *person)
{
	return person->activated_ms == 0 && !person->has_password;
}

static size_t
count_mailboxes(const struct person *const *accounts, size_t count)
{
	size_t n = count;

	for (size_t i = 0; i < count; i++)
		for (char **mail = accounts[i]->mails; *mail != NULL; mail++)
			n++;
	return n;
}

struct boxes {
	struct remind_box *list;
	size_t count;
};

/* The box of an address, made when it is the first of that name; NULL when
 * nobody can write there. */
static struct remind_box *
box_of(struct hands *hands, struct boxes *boxes, const char *typed)
{
	unsigned char hash[(REMIND_TAG - 1) / 2];
	const char *address =
	    typed != NULL ? address_parse(&hands->arena, typed) : NULL;
	struct remind_box *box;

	if (address == NULL)
		return NULL;
	for (size_t i = 0; i < boxes->count; i++)
		if (strcmp(boxes->list[i].address, address) == 0)
			return &boxes->list[i];
	box = &boxes->list[boxes->count++];
	box->address = address;
	(void)crypto_generichash(hash, sizeof hash,
	    (const unsigned char *)address, strlen(address),
	    hands->shop->limit_key, SECRET_KEY);
	(void)sodium_bin2hex(box->tag, sizeof box->tag, hash, sizeof hash);
	box->dormant =
	    arena_array(&hands->arena, LINKS_MAX, sizeof(struct person *));
	return box;
}

size_t
remind_boxes(struct hands *hands, const struct person *const *accounts,
    size_t count, struct remind_box **list)
{
	struct boxes boxes = {
	    .list = arena_array(&hands->arena, count_mailboxes(accounts, count),
		sizeof *boxes.list)};

	for (size_t i = 0; i < count; i++) {
		struct remind_box *box =
		    box_of(hands, &boxes, accounts[i]->recovery_mail);

		if (box != NULL && remind_is_dormant(accounts[i]) &&
		    box->dormant_count < LINKS_MAX)
			box->dormant[box->dormant_count++] = accounts[i];
	}
	for (size_t i = 0; i < count; i++)
		for (char **mail = accounts[i]->mails; *mail != NULL; mail++)
			(void)box_of(hands, &boxes, *mail);
	*list = boxes.list;
	return boxes.count;
}

static enum lookup
count_box(struct hands *hands, const struct remind_box *box,
    const char *request_id, const char *refused, struct err *err)
{
	const struct workshop *shop = hands->shop;
	struct limit_verdict verdict = {0};
	struct limit_list list = {0};

	limiter_add_value(&list, shop->limit_key, "m",
	    &shop->limits->per_mailbox, box->address, strlen(box->address));
	if (limiter_count(hands->kv, &list, true, &verdict, err) != 0)
		return LOOKUP_FAILED;
	meters_limit(hands->shop->meters, &list, &verdict);
	if (!verdict.refused)
		return LOOKUP_FOUND;
	return post_first_time(hands, request_id, refused, err) == LOOKUP_FAILED
		   ? LOOKUP_FAILED
		   : LOOKUP_ABSENT;
}

enum lookup
remind_may_write(struct hands *hands, const struct remind_box *box,
    const char *request_id, struct err *err)
{
	const char *counted = arena_printf(&hands->arena, "c-%s", box->tag);
	const char *refused = arena_printf(&hands->arena, "x-%s", box->tag);
	enum lookup is;

	is = post_first_time(hands, request_id, counted, err);
	if (is == LOOKUP_FOUND)
		return count_box(hands, box, request_id, refused, err);
	if (is == LOOKUP_FAILED)
		return LOOKUP_FAILED;
	is = post_is_marked(hands, request_id, refused, err);
	return is == LOOKUP_FAILED  ? LOOKUP_FAILED
	       : is == LOOKUP_FOUND ? LOOKUP_ABSENT
				    : LOOKUP_FOUND;
}

/* One copy of the mail: what is in it, and for whom. */
struct copy {
	const struct remind_mail *mail;
	const struct remind_box *box;
};

static bool
has_link(const struct remind_box *box, const struct person *person)
{
	for (size_t i = 0; i < box->dormant_count; i++)
		if (box->dormant[i] == person)
			return true;
	return false;
}

static void
add_account(struct values *values, const struct remind_box *box,
    const struct person *person)
{
	struct values *item = values_item(values, "accounts");
	bool dormant = remind_is_dormant(person);
	bool rescue = person->recovery_mail != NULL;

	values_text(item, "account_login", person->login);
	values_text(item, "account_mail", person->mails[0]);
	values_flag(item, "account_dormant", dormant);
	values_flag(item, "account_elsewhere",
	    dormant && rescue && !has_link(box, person));
	values_flag(item, "account_desk", dormant && !rescue);
}

/* What links_send() does not know of: the accounts. */
static void
add_accounts(struct values *values, const void *context)
{
	const struct copy *copy = context;
	const struct remind_mail *mail = copy->mail;

	for (size_t i = 0; i < mail->count; i++)
		add_account(values, copy->box, mail->accounts[i]);
	values_flag(values, "several_accounts", mail->count > 1);
	values_text(values, "name", mail->accounts[0]->display);
}

static void
tell_sent(const void *context)
{
	const struct copy *copy = context;

	copy->mail->tell(copy->mail->context);
}

static enum post_end
send_with_links(struct hands *hands, const struct copy *copy, long *delay_ms,
    struct err *err)
{
	const struct remind_mail *mail = copy->mail;
	const struct remind_box *box = copy->box;
	struct links_mail links = {.letter = "remind",
	    .purpose = TOKEN_ACTIVATE,
	    .lifetime_s = hands->shop->limits->activation_lifetime_s,
	    .to = box->address,
	    .persons = box->dormant,
	    .count = box->dormant_count,
	    .language = mail->language,
	    .ref = mail->ref,
	    .request_id = mail->request_id,
	    .tag = box->tag,
	    .asked_ms = mail->asked_ms,
	    .attempt = mail->attempt,
	    .add = add_accounts,
	    .tell = tell_sent,
	    .context = copy};

	return links_send(hands, &links, delay_ms, err);
}

enum post_end
remind_send(struct hands *hands, const struct remind_mail *mail,
    const struct remind_box *box, long *delay_ms, struct err *err)
{
	struct post post = {.letter = "remind",
	    .to = box->address,
	    .to_name = mail->accounts[0]->display,
	    .language = mail->language,
	    .request_id = mail->request_id,
	    .tag = box->tag,
	    .tell = mail->tell,
	    .context = mail->context};
	const struct copy copy = {.mail = mail, .box = box};
	struct values *values;
	enum post_end end;

	if (box->dormant_count > 0)
		return send_with_links(hands, &copy, delay_ms, err);
	values = post_values(hands, mail->ref);
	add_accounts(values, &copy);
	post.values = values;
	end = post_may_go(hands, &post, mail->attempt, delay_ms, err);
	if (end == POST_SENT)
		end = post_send(hands, &post, mail->attempt, delay_ms, err);
	if (end == POST_SENT && post_mark_sent(hands, &post, err) != 0) {
		*delay_ms = request_later(mail->attempt).delay_ms;
		return POST_LATER;
	}
	return end;
}
