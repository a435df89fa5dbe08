/*
 * desk_act - what the secrétariat does for somebody who stands at the desk, and
 * what may not be done there.
 *
 * One function, desk_act(), for the worker (which serves the pages) and the
 * command line: the same acts, the same fences, the same audit. It reads the
 * account anew, judges, counts, and changes the entry in one Modify; what must
 * follow (links that end, mails that tell the person) is queued before that
 * Modify and looks itself whether it happened (desk_follow.h), so a process
 * that is killed anywhere leaves neither half.
 *
 * A new number takes the place of what the operator was shown: the Modify
 * deletes the very values, so a second one, a late duplicate and two operators
 * at once end as DESK_STALE. It ends the account's NUMEN and confidential code;
 * an INE stays: it is a number for life, printed on school reports, and nobody
 * here could give another one. What was ended is not brought back by a feed
 * that repeats it (rentreeSource, provision.h).
 *
 * Fences, of everybody, in this order: the operator's account is open and, at
 * the web desk, in [desk] group; the account exists and, at the web desk, is in
 * one of the operator's establishments (else DESK_UNKNOWN, as for nobody);
 * it is not the operator's own, nor another one that has their NUMEN or INE; it
 * is in neither [desk] group nor
 * protected_group, directly or by groups in groups (desk_member.h); it is
 * active: nobody opens a suspended or closed account here. Then the quota.
 *
 * Quota: whatever could open an account (desk_act_is_counted) counts,
 * [desk] reissues_per_hour in any 60 minutes per operator, over all kinds. One
 * more is DESK_QUOTA, an audit line, a warning in the log, and a mail to
 * support_mail (once an hour). It is counted out of reach of the web process.
 *
 * Not protected: an operator who lies about the document they saw; whoever
 * holds the provisioning credential and does without this program.
 */
#ifndef LIB_FLOW_DESK_ACT_H
#define LIB_FLOW_DESK_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/flow/rescue.h"
#include "lib/flow/visitor.h"
#include "lib/people/letter_code.h"
#include "lib/people/number.h"
#include "lib/people/person.h"

struct arena;
struct attributes_conf;
struct audit;
struct desk_conf;
struct digest_keys;
struct directory;
struct envelope_sealer;
struct err;
struct hands;
struct kv;
struct limits_conf;
struct site_conf;

/* What an act works with. */
struct desk_tools {
	const struct site_conf *site;
	const struct limits_conf *limits;
	const struct desk_conf *desk;
	const struct attributes_conf *attributes;
	const struct digest_keys *numbers;
	struct audit *audit;
	/* With the MAC key of the worker or of the operator. */
	const struct envelope_sealer *sealer;
	bool is_operator; /* it is the operator's */
	struct directory *directory;
	struct kv *kv;
	struct arena *arena; /* of the request: results live in it */
};

/* Those of a worker thread. */
struct desk_tools desk_tools_of(struct hands *hands);

/* --- how it ends ---------------------------------------------------------- */

/* Wire format. */
enum desk_end {
	DESK_DONE,
	DESK_FAILED,     /* a back end; err says which */
	DESK_UNSURE,     /* the directory did not answer: look at the account */
	DESK_NOT_NEEDED, /* nothing was locked; it is that number already */
	/* fences */
	DESK_DENIED,    /* the operator may not work here (any more) */
	DESK_UNKNOWN,   /* nobody, or not theirs: not told apart */
	DESK_SELF,      /* their own account */
	DESK_COLLEAGUE, /* an operator of the desk */
	DESK_PROTECTED, /* a member of protected_group */
	DESK_SUSPENDED,
	DESK_CLOSED, /* has left, or a state nobody can read */
	DESK_QUOTA,
	/* of the act */
	DESK_STALE,       /* the numbers are not those that were shown */
	DESK_UNSEEN,      /* no document */
	DESK_BAD_NUMBER,  /* number_fault; NUMBER_FINE = an INE or a code */
	DESK_TAKEN,       /* somebody else has that NUMEN */
	DESK_BAD_ADDRESS, /* rescue_fault */
	DESK_NO_RESCUE,   /* there is no address to send a link to */
	DESK_ACTIVATED,   /* no letter for an account with a password */
	DESK_NO_BIRTH,    /* no birth date, which is asked with every code */
	DESK_ADMIN_LOCK,  /* locked by an administrator */
	DESK_ENDS,
};

/* "done", "self", "quota", …: the audit's reason. */
const char *desk_end_name(enum desk_end end);

/* --- who ------------------------------------------------------------------ */

struct desk_operator {
	const char *uuid; /* web desk: whoever signed in; NULL = command line */
	const char *actor; /* "desk:jdupont", "operator:root" */
	/* Filled by desk_operator_open(); command line: login is the name of
	 * the operator's account on the machine, establishments NULL = all. */
	const char *login, *dn;
	char **establishments;
	char **proofs; /* of their own numbers; NULL on the command line */
};

/* The operator as the directory has them now: DESK_DONE, or DESK_DENIED when
 * the account is not open or not (any more) in the group. desk_act() does so
 * itself; a search or a page of the desk does it first. */
enum desk_end desk_operator_open(const struct desk_tools *tools,
    const char *uuid, struct desk_operator *who, struct err *err) MUST_CHECK;

/* --- what ----------------------------------------------------------------- */

/* The numbers are wire format. */
enum desk_kind {
	DESK_CODE = 1,   /* a confidential code made here takes the number's
			  * place */
	DESK_NUMEN = 2,  /* … the NUMEN that the rectorat communicated does */
	DESK_LINK = 3,   /* a link to the rescue address: a new password, or
			  * the activation of an account that never was */
	DESK_RESCUE = 4, /* a rescue address */
	DESK_UNLOCK = 5, /* the lock after too many wrong passwords */
	DESK_LETTER = 6, /* the code of an activation letter */
	DESK_PHONE = 7,  /* a code of DESK_PHONE_S, read to somebody who was
			  * called back; the NUMEN stays */
	DESK_INVITE = 8, /* the batch's invitation; command line alone */
};
enum { DESK_KINDS = 9, DESK_PHONE_S = 24 * 3600 };

/* "numen.reissue", "account.unlock", …: the audit's event. */
const char *desk_kind_name(enum desk_kind kind);
/* Could it open an account? Then it counts against the quota. (An invitation
 * goes where the batch sends it, too.) */
bool desk_act_is_counted(enum desk_kind kind);
/* Does it change who can get in, so that the person must be seen first? */
bool desk_act_wants_document(enum desk_kind kind);

/* The kind of identity document seen: no number, no copy. Wire format. */
enum desk_document {
	DESK_NO_DOCUMENT,
	DESK_CNI,
	DESK_PASSEPORT,
	DESK_TITRE_SEJOUR,
	DESK_AUTRE,
};
enum { DESK_DOCUMENTS = 5 };

/* "cni", "passeport", "titre-sejour", "autre"; NULL for none. */
const char *desk_document_name(enum desk_document document);
bool desk_document_parse(
    const char *text, enum desk_document *document) MUST_CHECK;

/* What the operator was shown of the account's numbers, as a word without
 * meaning: it changes whenever one of them does. */
enum { DESK_SEEN = 23 };
void desk_seen(const struct person *person, char seen[DESK_SEEN]);

struct desk_act {
	enum desk_kind kind;
	struct desk_operator who;
	const char *uuid;  /* entryUUID of the account … */
	const char *login; /* … or, from the command line, its login */
	enum desk_document document;
	bool no_document;    /* command line: it is not asked for */
	const char *seen;    /* desk_seen() of the page; NULL = as it is now */
	const char *number;  /* DESK_NUMEN: as typed */
	const char *address; /* DESK_RESCUE: as typed */
	char ref[FLOW_REF + 1];
};

/* --- doing it ------------------------------------------------------------- */

/* Wipe it when it was shown. */
struct desk_answer {
	enum desk_end end;
	enum number_fault number_fault;
	enum rescue_fault rescue_fault;
	int64_t at_ms; /* when it happened, as the directory has it */
	/* Shown once: the new number in groups (DESK_CODE, DESK_PHONE), or the
	 * letter's code, and until when it works. */
	char code[LETTER_CODE_GROUPED];
	int64_t until_ms;
	int64_t counts_ms;    /* DESK_RESCUE: from when on; 0 = at once */
	long left;            /* acts left in this hour; -1 = not asked */
	struct person person; /* as it was read before; login NULL = nobody */
	char follow[33]; /* the request that follows (desk_follow.h), "" = none
			  */
};

/*
 * Does it, or says why not. Every end leaves an audit line. err is for the log:
 * it has text for DESK_FAILED and DESK_UNSURE.
 */
struct desk_answer desk_act(const struct desk_tools *tools,
    const struct desk_act *act, struct err *err);

/* --- looking -------------------------------------------------------------- */

/* Would desk_act() do it, as far as fences and the account itself say (neither
 * the quota nor what would be typed)? DESK_DONE = yes. For what a page offers.
 * who is open. */
enum desk_end desk_may(const struct desk_tools *tools,
    const struct desk_operator *who, const struct person *person,
    enum desk_kind kind, struct err *err);

/* The same of every kind, asked once. False: a back end. */
bool desk_may_each(const struct desk_tools *tools,
    const struct desk_operator *who, const struct person *person,
    enum desk_end may[DESK_KINDS], struct err *err) MUST_CHECK;

/* The account in sight of who (open), by uuid. FOUND, or ABSENT also when
 * it is not theirs. */
enum lookup desk_find(const struct desk_tools *tools,
    const struct desk_operator *who, const char *uuid, struct person *person,
    struct err *err) MUST_CHECK;
/* Is person in one of the operator's establishments? */
bool desk_is_theirs(
    const struct desk_operator *who, const struct person *person);

/* An audit line of the desk: look-ups too. person NULL: nobody; then typed, if
 * any, stands there as a pseudonym. */
struct desk_note {
	const char *event; /* "desk.search", "desk.look", … */
	const char *ref, *reason;
	const struct person *person;
	enum desk_document document;
	const char *typed;
};
int desk_note(const struct desk_tools *tools, const struct desk_operator *who,
    const struct desk_note *note, struct err *err) MUST_CHECK;

#endif
