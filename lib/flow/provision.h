/*
 * provision - from exports to accounts: read, plan, apply.
 *
 * provision_plan() reads and validates the files, compares with the directory
 * (one paged sweep) and writes a plan: JSON lines, a head, one line per person
 * to create, to change or to invite again, and a hash of the whole at the end.
 * It changes nothing. The plan holds names, addresses and keyed digests; no
 * NUMEN, INE or birth date in clear. It is written 0600.
 *
 * provision_apply() does exactly that plan. For each person the names are
 * reserved first (one entry of registry_base per login and mail local part,
 * with the person's source digests and a keyed digest of the birth date, for a
 * number may be given out again: the add that succeeds owns the name), then
 * the account is added in one operation, then the invitation is queued. Every
 * step finds out whether it was done before, so an apply that was killed is
 * run again and finishes; a second run does nothing. Plans that two hosts apply
 * at one time, with other names for one person, make one account or none: who
 * meets another plan leaves that person to the next one.
 *
 * A change is one Modify from what the plan saw to what it wants, refused by
 * the directory when the entry no longer holds what was seen: that entry is a
 * conflict, and its neighbours go on.
 *
 * Logins are deterministic: people are taken in the order of their number.
 *
 * The lines of a plan, every one an object:
 *
 *   {"plan": 1, "year", "made", "base", "files"}
 *   {"valve": sentence, "force": number}: refused, unless forced
 *   {"create": login, "establishment", "kind", "names": [to reserve],
 *    "mark": of the reservations, "held": [names that were theirs before],
 * "strangers": [accounts of others that go by one of the numbers],
 * "attributes": [{"name", "values"}], "invite": flag}
 *   {"change": login, "dn", "uuid", "why": [word], "before": [{"name",
 *    "values"}], "after": [the same], "names": [to reserve], "source",
 *    "notices": [{"letter", "until", "days"}], "mark", "strangers",
 * "establishment", "kind"}
 *   {"invite_again": login, "source"}
 *   {"hash": …}
 *
 * before and after name the same attributes in the same order; a list of
 * values may be empty. source owns the names; notices are mails that the
 * change brings with it, each once for a person, a moment and a number of
 * days.
 */
#ifndef LIB_FLOW_PROVISION_H
#define LIB_FLOW_PROVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/base.h"

struct digest_keys;
struct directory;
struct directory_conf;
struct envelope_sealer;
struct err;
struct json;
struct kv;
struct provision_conf;
struct site_conf;

struct provision {
	const struct provision_conf *conf;
	const struct site_conf *site;
	const char *people_base;
	const struct digest_keys *numbers;
	struct directory *directory;
	struct kv *kv;                        /* invitations */
	const struct envelope_sealer *sealer; /* with the operator's MAC */
	bool
	    expels; /* hooks are there: those it closes are told of (expel.h) */
	const char *moderation; /* file of moderation.h; NULL = none */
	const char *const
	    *clear_birth; /* attributes, NULL-terminated; or NULL */
	bool partial;     /* absence is never judged */
	long force; /* what the safety valve may let through; -1 = nothing */
	const char *const *waves; /* whose turn to be invited: wave.h */
	const long *expected;     /* rows of each file, or NULL: not told */
	int year;                 /* school year, 2026 = 2026-27 */
	int64_t now_ms;
	/* A line for the operator: "file:line: column: reason". */
	void (*on_line)(void *context, const char *line);
	/* Called now and then; total 0 = not known yet. */
	void (*on_progress)(
	    void *context, const char *what, size_t done, size_t total);
	void *context;
};

struct provision_counts {
	size_t rows, rejected, warnings;
	size_t created, changed, unchanged, conflicts, invited;
	size_t pending; /* wait for the operator: moderation.h */
	size_t leaving; /* of changed: towards the end of the account */
	long refused;   /* by the safety valve: what --force would have to be */
	size_t unreachable; /* created without a rescue address */
	size_t failed;      /* refused by the directory, one at a time */
};

/* files: NULL-terminated operands (provision_source.h). report (may be NULL, a
 * JSON object) gets "rejected": [{file, line, column, reason}…], "files":
 * [{file, type, rows, rejected}…], "establishments": {UAI: people} and, where
 * a file is too old to judge somebody again (leaving.h), "stale": [{type, file,
 * accounts}…]. out is not closed. ERR_REFUSED: a file is not whole. */
int provision_plan(const struct provision *provision, const char *const *files,
    FILE *out, struct json *report, struct provision_counts *counts,
    struct err *err) MUST_CHECK;

/* ERR_REFUSED when the safety valve refused this plan and force is not the
 * number it told. Then rewinds. */
int plan_check_valve(
    FILE *plan, const char *name, long force, struct err *err) MUST_CHECK;

/* plan: positioned at its start, seekable. name is for messages. ERR_REFUSED
 * when its hash does not fit. */
int provision_apply(const struct provision *provision, FILE *plan,
    const char *name, struct provision_counts *counts,
    struct err *err) MUST_CHECK;

/* What a plan does, in numbers: object gets "kinds" and "establishments", each
 * {name: {create, change, leave}}. plan: seekable; rewound before and after. */
int provision_summary(
    FILE *plan, struct json *object, struct err *err) MUST_CHECK;

/* A plan as LDIF. Undoing deletes what was created and takes changes back,
 * the last first; entries that changed since refuse it. Names that were given
 * out stay so. */
struct ldif_input {
	enum {
		LDIF_ENTRIES, /* creations alone, as slapadd wants them */
		LDIF_CHANGES, /* all of it, for ldapmodify */
		LDIF_INVERSE,
	} style;
	const char *people_base, *registry_base;
};
int provision_ldif(FILE *plan, const char *name, const struct ldif_input *input,
    FILE *out, struct err *err) MUST_CHECK;

/* A line of a plan, for people; all of it points into line. */
enum plan_act { PLAN_OTHER, PLAN_CREATE, PLAN_CHANGE, PLAN_LEAVE };
struct plan_item {
	enum plan_act act;
	const char *login, *kind, *establishment; /* NULL = not told */
	const struct json *why;                   /* of a change */
};
void plan_describe(const struct json *line, struct plan_item *item);

enum { PLAN_HASH = 44, PLAN_LINE_MAX = 64 * 1024 };

/* Reads to the end and compares; then rewinds. hash (45 bytes) may be NULL. */
int plan_verify(
    FILE *plan, const char *name, char *hash, struct err *err) MUST_CHECK;

#endif
