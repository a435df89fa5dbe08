#include "lib/flow/links.h"

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "lib/flow/disown.h"
#include "lib/flow/hands.h"
#include "lib/flow/post.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"

/* Between recording a token and the relay's answer: every deadline on the way
 * together stays below this. */
enum { ON_THE_WAY_MS = 120000 };

struct made_link {
	char name[TOKEN_NAME];
	struct token_record record;
};

static struct token_record
record_of(const struct links_mail *mail, const struct person *person)
{
	return (struct token_record){.purpose = mail->purpose,
	    .uuid = person->uuid,
	    .login = person->login,
	    .pwd_changed = person->pwd_changed,
	    .extra = mail->extra != NULL ? mail->extra : "",
	    .language = mail->language,
	    .asked_ms = mail->asked_ms,
	    .expires_ms =
		clock_now_ms() + mail->lifetime_s * 1000 + ON_THE_WAY_MS};
}

static int
add_disown(struct hands *hands, const struct links_mail *mail,
    const struct person *person, struct values *item, struct err *err)
{
	const char *link =
	    disown_link(hands, person, DISOWN_LINK, mail->language, err);

	values_text(item, "disown", link);
	return link != NULL ? 0 : -1;
}

/* Records one token and puts its link among the values of the mail. */
static int
add_link(struct hands *hands, const struct links_mail *mail,
    const struct person *person, struct values *values, struct made_link *made,
    struct err *err)
{
	struct values *item = values_item(values, "links");
	struct token token;
	char text[TOKEN_TEXT];
	int rc;

	token_make(&token);
	token_format(&token, text);
	token_name(&token, made->name);
	made->record = record_of(mail, person);
	values_text(item, "login", person->login);
	values_text(item, "link",
	    post_link(hands, mail->path != NULL ? mail->path : "/r/", text,
		mail->language));
	rc = token_issue(
	    hands->kv, hands->shop->token_key, made->name, &made->record, err);
	if (rc == 0)
		rc = add_disown(hands, mail, person, item, err);
	sodium_memzero(&token, sizeof token);
	sodium_memzero(text, sizeof text);
	return rc;
}

static struct values *
letter_values(struct hands *hands, const struct links_mail *mail)
{
	struct values *values = post_values(hands, mail->ref);

	values_text(values, "name", mail->persons[0]->display);
	values_flag(values, "several", mail->count > 1);
	values_number(values, "hours", mail->lifetime_s / 3600);
	values_number(values, "days", mail->lifetime_s / 86400);
	values_number(values, "minutes", mail->lifetime_s / 60);
	values_flag(values, "in_days", mail->lifetime_s >= 2 * 86400);
	values_flag(values, "in_hours",
	    mail->lifetime_s < 2 * 86400 && mail->lifetime_s > 3600);
	values_flag(values, "in_minutes", mail->lifetime_s <= 3600);
	values_text(values, "asked_at", post_moment(hands, mail->asked_ms));
	return values;
}

static int
confirm(struct hands *hands, const struct links_mail *mail,
    struct made_link *links, const struct post *post, struct err *err)
{
	for (size_t i = 0; i < mail->count; i++) {
		links[i].record.expires_ms =
		    clock_now_ms() + mail->lifetime_s * 1000;
		if (token_sent(hands->kv, hands->shop->token_key, links[i].name,
			&links[i].record, err) != 0)
			return -1;
	}
	return post_mark_sent(hands, post, err);
}

/* An address that is not verified yet may be a stranger's. */
static bool
greets(const struct links_mail *mail)
{
	return mail->count == 1 && mail->purpose != TOKEN_VERIFY;
}

enum post_end
links_send(struct hands *hands, const struct links_mail *mail, long *delay_ms,
    struct err *err)
{
	struct values *values = letter_values(hands, mail);
	struct made_link links[LINKS_MAX];
	struct post post = {.letter = mail->letter,
	    .to = mail->to,
	    .to_name = greets(mail) ? mail->persons[0]->display : NULL,
	    .language = mail->language,
	    .request_id = mail->request_id,
	    .tag = mail->tag,
	    .values = values,
	    .tell = mail->tell,
	    .context = mail->context};
	enum post_end end;

	if (mail->add != NULL)
		mail->add(values, mail->context);
	end = post_may_go(hands, &post, mail->attempt, delay_ms, err);
	if (end != POST_SENT)
		return end;
	*delay_ms = request_later(mail->attempt).delay_ms;
	for (size_t i = 0; i < mail->count; i++)
		if (add_link(hands, mail, mail->persons[i], values, &links[i],
			err) != 0)
			return POST_LATER;
	end = post_send(hands, &post, mail->attempt, delay_ms, err);
	if (end == POST_SENT && confirm(hands, mail, links, &post, err) != 0) {
		*delay_ms = request_later(mail->attempt).delay_ms;
		return POST_LATER;
	}
	return end;
}
