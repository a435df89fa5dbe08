/*
 * provision_internal - what the files of provision share, and nobody else.
 *
 * The files are read first (roll). The directory is then read once, entry by
 * entry: who is listed is found through indexes of the roll, and an entry is
 * kept only when something is to be done about it. So memory is that of the
 * files, of the names in use, and of the changes: about 1 KB for each person
 * who is listed (tests/bench/provision.py: again_memory).
 */
#ifndef LIB_FLOW_PROVISION_INTERNAL_H
#define LIB_FLOW_PROVISION_INTERNAL_H

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/flow/moderation.h"
#include "lib/flow/provision.h"
#include "lib/flow/words.h"
#include "lib/people/feed.h"
#include "lib/people/same_person.h"
#include "lib/store/directory.h"

/* --- the files ------------------------------------------------------------ */

/* A kind of people, and the newest of the files that list one. */
struct roll_feed {
	const char *kind, *file;
	int64_t written_ms; /* not later than now */
	size_t held;        /* whom it cannot miss again: it is from before */
};

/* Everybody the files list, each once, sorted. */
struct roll {
	struct feed_person **list;
	size_t count, room;
	/* Of rejected rows with a number in them: nobody is absent because of
	 * a bad cell. */
	struct feed_person **spared;
	size_t spared_count, spared_room;
	struct roll_feed feeds[FEED_KINDS];
	size_t feed_count;
};

/* Reads all files. Rejected rows are told; -1 only when a file cannot be
 * read at all. */
int provision_read(const struct provision *provision, const char *const *files,
    struct arena *arena, struct roll *roll, struct json *report,
    struct provision_counts *counts, struct err *err) MUST_CHECK;

/* --- the planner ---------------------------------------------------------- */

/* An account somebody may be, and that nobody has decided about. */
struct doubt {
	struct doubt *next;
	struct moderation_account account;
	enum same_verdict verdict;
};

struct planner;
struct seat;

struct held {
	struct held *next;
	const char *name;
	bool login; /* not only an address */
	bool ours;  /* and not of whoever had the number before */
};

/* What a reservation says beside numbers, which are given out again: the login
 * of its owner, and their birth date as a digest bound to it. In arena. */
const char *provision_mark(const struct planner *planner,
    const struct seat *seat, const char *login, struct arena *arena);
/* false: it is somebody else's. login: whose. */
bool provision_mark_fits(struct planner *planner, const struct seat *seat,
    const char *mark, const char **login, struct arena *arena);

/* Somebody the files list, and what the directory told about them. */
struct seat {
	struct feed_person *person;
	const char *given, *family, *birth; /* keys */
	const char *login; /* of their account; NULL = none was found */
	const struct directory_entry *entry; /* kept when it must change */
	const char *rival; /* a second account or row with the same number */
	bool joined;       /* its row was added to another one */
	bool waiting;      /* was never invited, and could be */
	struct doubt *doubts;
	bool open;         /* one of them was not even put off */
	bool wants_name;   /* of an account there is */
	bool created;      /* login is that of an account of this plan */
	struct held *held; /* names reserved for this person */
	/* Accounts of somebody else that go by one of the numbers. */
	struct held *strangers;
};

/* The attributes that a sweep asks for; the fixed ones first. */
enum swept {
	SWEPT_UID,
	SWEPT_UUID,
	SWEPT_CLASS,
	SWEPT_CN,
	SWEPT_SN,
	SWEPT_GIVEN,
	SWEPT_MAIL,
	SWEPT_PROOF,
	SWEPT_BIRTH,
	SWEPT_BIRTH_NAME,
	SWEPT_GIVEN_NAMES,
	SWEPT_SOURCE,
	SWEPT_NAME_KEY,
	SWEPT_RESCUE,
	SWEPT_REFUSED,
	SWEPT_VERIFIED,
	SWEPT_PENDING,
	SWEPT_KIND,
	SWEPT_ESTABLISHMENT,
	SWEPT_STATE,
	SWEPT_STATE_END,
	SWEPT_INVITED,
	SWEPT_ACTIVATED,
	SWEPT_LAST_SEEN,
	SWEPT_ABSENT,
	SWEPT_TOLD,
	SWEPT_REISSUED,
	SWEPT_PWD_CHANGED,
	SWEPT_PWD_END,
	SWEPT_SUPANN_ALIAS, /* names in use elsewhere, from here on */
	SWEPT_ALTERNATE,
	SWEPT_LOCAL,
	SWEPT_FIXED,
};

/* The others: clear numbers, clear birth dates, aliases. */
struct swept_names {
	const char **list; /* NULL-terminated */
	size_t match, match_end;
	size_t clear_birth, clear_birth_end;
	size_t alias; /* may be SWEPT_MAIL */
	size_t count;
};

/* Who leaves, of how many: of everybody, and of each establishment. */
struct valve_place {
	const char *name;
	size_t active, leaving;
	struct valve_place *next;
};
struct valve {
	struct valve_place all, *places;
	struct index by_name;
	size_t renamed;
};

struct planner {
	const struct provision *provision;
	struct arena *arena;
	struct arena line; /* of one line of the plan */
	struct provision_counts *counts;
	struct plan_writer *writer;
	struct json *report; /* may be NULL */
	struct seat *seats;
	size_t count;
	struct index by_source, by_proof, by_number, by_name; /* of seats */
	struct words spared;   /* sources and names of rejected rows */
	struct words asked;    /* logins that a row without one may be */
	struct index numbered; /* base and address: the last number given */
	struct words names;    /* logins and mail local parts in use */
	struct words reserved; /* names that stand in registry_base */
	struct index decided;  /* login: case that says who it is */
	/* Kinds whose files are here and complete. */
	struct roll_feed judged[FEED_KINDS];
	size_t judged_count;
	struct swept_names swept;
	const struct directory_entry **leavers;
	size_t leaver_count, leaver_room;
	size_t found; /* people listed who have an account */
	struct valve valve;
	struct moderation *moderation;
	bool has_policy;         /* pwdEndTime is there */
	size_t entries, wanting; /* people seen; who may need a name */
	bool asks;               /* names are asked for, one by one */
	struct err broken;       /* the first name that nobody answered for */
};

/* Seats for a roll, and the indexes that find them (provision_seats.c). */
void planner_seat(struct planner *planner, const struct roll *roll);
void planner_free(struct planner *planner);

/* Reads the directory: seats find their entries, leavers are collected. The
 * names that were ever given out are read when many are needed; few are asked
 * for, and none if nobody needs one. */
int provision_sweep(struct planner *planner, struct err *err) MUST_CHECK;

/* The seat this entry belongs to, or NULL; notes rivals and doubts. */
struct seat *provision_match(struct planner *planner,
    const struct directory_entry *entry, struct arena *arena);
/* Who among the rows may be this account, but for except
 * (provision_doubt.c). */
void provision_doubt(struct planner *planner,
    const struct directory_entry *entry, const struct seat *except,
    struct arena *arena);
/* Asks whether seat is this account, whose number it has. */
void provision_doubt_number(struct planner *planner, struct seat *seat,
    const struct directory_entry *entry, struct arena *arena);
/* The row's birth date, and what the entry says of its own. */
enum same_birth provision_compare_births(struct planner *planner,
    const struct seat *seat, const struct directory_entry *entry);
/* May the row of seat be a person who has an account planned by this run? */
void provision_match_created(struct planner *planner, struct seat *seat);

/* Puts the doubts of seat to the operator. */
void provision_ask(struct planner *planner, struct seat *seat);

/* The digests that say who somebody is, newest key first; in arena. */
enum { PROVISION_SOURCES_MAX = 3 };
size_t provision_sources(const struct provision *provision,
    const struct feed_person *person, size_t key, struct arena *arena,
    const char *sources[PROVISION_SOURCES_MAX]);

/* --- names (provision_names.c) -------------------------------------------- */

/* The first number for which the login and the mail address are both free;
 * both are then taken. */
bool provision_choose_names(struct planner *planner, struct seat *seat,
    const char *base, const char **login, const char **mail);
/* An address for a new name, number of its own; taken. NULL: none, or one of
 * mine is it already. */
const char *provision_choose_alias(
    struct planner *planner, struct seat *seat, char *const *mine);
/* Is name reserved for this very person, under any of their numbers? Then a
 * plan does not reserve it again: under another number it would be refused. */
bool provision_holds(const struct seat *seat, const char *name);
/* Was name ever given out? Asks the directory when names were not read; no
 * answer is planner->broken. */
bool provision_is_reserved(struct planner *planner, const char *name);
const char *provision_local_part(struct arena *arena, const char *mail);

/* --- changes -------------------------------------------------------------- */

/* A change of one entry under construction. With probe, only whether there is
 * one: nothing is chosen and nothing is taken. */
struct delta {
	struct planner *planner;
	struct arena *arena;
	const struct directory_entry *entry;
	bool probe, any, renamed, wants_name;
	enum { DELTA_STAYS, DELTA_LEAVES } leaves; /* for the valve */
	struct json *before, *after, *why, *names, *notices;
	const struct seat *seat; /* NULL: nobody listed them */
};
struct delta delta_begin(struct planner *planner, struct arena *arena,
    const struct directory_entry *entry, bool probe);
/* values: NULL-terminated, what attribute is to hold; in any order. */
void delta_set(struct delta *delta, size_t attribute, const char *const *values,
    const char *why);
void delta_set_one(
    struct delta *delta, size_t attribute, const char *value, const char *why);
void delta_set_time(
    struct delta *delta, size_t attribute, int64_t ms, const char *why);
const char *delta_old(const struct delta *delta, size_t attribute);
/* {"name": [texts]} of a list, unless it is empty. */
void plan_add_names(
    struct json *line, const char *name, const struct held *list);
/* Writes the line when there is a change, frees what was made. */
void delta_end(struct delta *delta, const char *source);

/* What an attribute is to hold, before it is set. */
struct values {
	const char **values; /* NULL-terminated, in the delta's arena */
	size_t count;
};
/* What it holds, with room for as many more. */
struct values values_of(struct delta *delta, size_t attribute, size_t more);
bool values_have(const struct values *list, const char *value);
void values_add(struct values *list, const char *value);

/* All that a row says about its account. */
void provision_update(struct delta *delta, struct seat *seat);
/* Of that, the names and the address of a new one. */
void provision_update_names(struct delta *delta, struct seat *seat);
/* The state, and the warning that goes with it. */
void provision_state(struct delta *delta, const struct feed_person *person,
    const char *const *kinds);
/* Nobody listed this account: the next step, if any. */
void provision_leave(struct delta *delta);
/* Are all kinds of this account judged? */
bool provision_is_judged(struct planner *planner, char *const *kinds);
/* Files that would have judged somebody, were they not the ones that did. */
void provision_tell_stale(struct planner *planner);

/* --- the safety valve ----------------------------------------------------- */

void valve_count(struct planner *planner, const struct delta *delta);
/* True: too many, and what would have to be forced. */
bool valve_judge(struct planner *planner, const char **sentence, long *force);

/* --- the plan as text, hashed while it is written ------------------------- */

struct plan_writer;
struct plan_writer *plan_writer_new(FILE *out);
void plan_writer_add(struct plan_writer *writer, const char *line);
int plan_writer_end(struct plan_writer *writer, struct err *err) MUST_CHECK;

/* A line that changes somebody, as provision.h describes it; all of it points
 * into line. */
struct plan_change {
	const char *login, *dn, *uuid;
	const struct json *before, *after; /* of one length, same names */
	const struct json *names;          /* may be empty */
	const char *source;                /* whose the names are */
	const struct json *notices;        /* may be empty */
};
int plan_read_change(const struct json *line, struct plan_change *change,
    struct err *err) MUST_CHECK;

/* Queues the mails of a change, and the end of what is open with an account
 * that it closes. Asked before the directory is: what waits looks whether the
 * change was made, what was never queued is lost. */
int provision_notify(const struct provision *provision,
    const struct plan_change *change, struct err *err) MUST_CHECK;

/* One line to create a person, as JSON; entry.c. */
struct json *provision_entry(const struct provision *provision,
    const struct feed_person *person, const char *login, const char *mail,
    struct arena *arena);

/* Of the keys of a person's names each once, none empty, NULL-terminated, in
 * arena. */
struct name_keys {
	const char *family, *birth, *given;
};
const char **provision_name_keys(
    const struct name_keys *keys, struct arena *arena);

#endif
