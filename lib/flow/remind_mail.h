/*
 * remind_mail - the mail that tells the logins, one per mailbox.
 *
 * A mailbox is served once per request, whatever the number of attempts; it
 * counts against per_mailbox once, and a refusal is remembered. The flags in
 * Redis name a box by a keyed hash of its address.
 */
#ifndef LIB_FLOW_REMIND_MAIL_H
#define LIB_FLOW_REMIND_MAIL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/post.h"

struct err;
struct hands;
struct person;

enum { REMIND_TAG = 33 };

struct remind_box {
	const char *address; /* normal form */
	char tag[REMIND_TAG];
	/* Accounts that were never activated and have this rescue address. */
	const struct person **dormant;
	size_t dormant_count;
};

struct remind_mail {
	const struct person *const *accounts; /* all of the person */
	size_t count;
	const char *language;
	const char *ref;
	const char *request_id;
	int64_t asked_ms;
	uint32_t attempt;
	/* As in struct post. */
	void (*tell)(const void *context);
	const void *context;
};

bool remind_is_dormant(const struct person *person);

/* Every mailbox of the accounts, rescue addresses first; in the arena. */
size_t remind_boxes(struct hands *hands, const struct person *const *accounts,
    size_t count, struct remind_box **boxes);

/* ABSENT: this box got as much as it may. */
enum lookup remind_may_write(struct hands *hands, const struct remind_box *box,
    const char *request_id, struct err *err) MUST_CHECK;

enum post_end remind_send(struct hands *hands, const struct remind_mail *mail,
    const struct remind_box *box, long *delay_ms, struct err *err) MUST_CHECK;

#endif
