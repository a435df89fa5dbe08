/*
 * relance - how far the invitations are, and another one for those who have
 * not answered.
 *
 * relance_look() reads all accounts once and says of each where it stands.
 * relance_send() also queues a further invitation for those whose last one is
 * older than relance_after and who have had fewer than relance_max further
 * ones. It is named by the person and the moment of the last one: whoever runs
 * this twice, or is killed, invites once. What was never invited is no matter
 * of it: `provision run` does that, wave by wave. Who was invited often enough,
 * and whose rescue address is refused, gets a letter instead (handout.h).
 */
#ifndef LIB_FLOW_RELANCE_H
#define LIB_FLOW_RELANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct directory;
struct envelope_sealer;
struct err;
struct kv;
struct provision_conf;
struct site_conf;

enum relance_state {
	RELANCE_ACTIVE,  /* has chosen a password */
	RELANCE_INVITED, /* the link of the last invitation lives */
	RELANCE_EXPIRED, /* it does not */
	RELANCE_REFUSED, /* the relay refused the rescue address for good */
	RELANCE_WAITING, /* has a rescue address, was never invited */
	RELANCE_LETTER,  /* has a printed code that works */
	RELANCE_UNREACHABLE,
	RELANCE_CLOSED, /* suspended, or gone */
	RELANCE_STATES,
};
/* "invited" */
const char *relance_state_name(enum relance_state state);

struct relance {
	struct directory *directory;
	const char *people_base;
	const struct provision_conf *conf;
	const struct site_conf *site;
	struct kv *kv; /* of relance_send() alone, as the next two */
	const struct envelope_sealer *sealer;
	const char *const *waves; /* wave.h */
	int64_t activation_ms;    /* the life of a link */
	int64_t now_ms;
	void (*on_progress)(
	    void *context, const char *what, size_t done, size_t total);
	void *context;
};

struct relance_counts {
	size_t states[RELANCE_STATES];
	size_t sent;
	size_t given_up; /* expired, and relance_max is reached */
};

/*
 * Has somebody been invited as often as relance_max says, and let
 * relance_after pass since? invitations: how many were sent, the first one
 * included; invited_ms: when the last one was.
 */
bool relance_is_over(const struct provision_conf *conf, int64_t invited_ms,
    long invitations, int64_t now_ms);

int relance_look(const struct relance *relance, struct relance_counts *counts,
    struct err *err) MUST_CHECK;
int relance_send(const struct relance *relance, struct relance_counts *counts,
    struct err *err) MUST_CHECK;

#endif
