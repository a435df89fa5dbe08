/*
 * provision_job - one line of a plan on its way into the directory.
 *
 * A line is a chain of requests, each asked when the one before it has been
 * answered: the names, then the account, then the invitation. Many jobs are
 * under way on one pipe; each has an arena, and knows what it waits for.
 *
 * Every step finds out whether it was done before, so a job may be begun again
 * after a crash anywhere.
 *
 * Another host may apply another plan at this moment, in which the same person
 * has another name. So a job writes first that it is about them (the names it
 * reserves hold their numbers), and then looks who else has: of two, the later
 * one at least sees the other and leaves the person to the next plan. A number
 * that a change brings to an account is looked for the same way, but nothing
 * was written about it: between that look and the Modify there is a moment
 * that only the server can close (ldap-schema/README.md, slapo-unique).
 */
#ifndef LIB_FLOW_PROVISION_JOB_H
#define LIB_FLOW_PROVISION_JOB_H

#include "lib/flow/provision_internal.h"
#include "lib/store/directory_pipe.h"

struct applier {
	const struct provision *provision;
	struct provision_counts *counts;
	const char *base;
	struct directory_pipe *pipe;
	/* Entries refused since the last one that was done. */
	size_t refused_in_a_row;
};

enum job_step {
	JOB_DONE,        /* free for the next line */
	JOB_RESERVE,     /* a name: the add that succeeds owns it */
	JOB_WHOSE_NAME,  /* it is reserved: for this person? */
	JOB_ALONE,       /* has nobody else an account of this person? */
	JOB_RIVAL,       /* has no other plan reserved names for them? */
	JOB_ADD,         /* the account */
	JOB_WHOSE_ENTRY, /* it exists: is it this person's? */
	JOB_CHANGE,
	JOB_CHANGED, /* it is not as it was: because it was changed already? */
};

struct job {
	enum job_step step;
	struct arena arena;
	struct json *line;
	const char *login, *dn;
	const char *mark;             /* beside them; NULL: not told */
	const char *source;           /* the first rentreeSource: whose it is */
	const char *const *sources;   /* all of them, NULL-terminated */
	const struct json *held;      /* names that were theirs before */
	const struct json *strangers; /* who else may have a number */
	const struct json *names, *attributes;
	size_t name; /* the one under way */
	bool invite;
	bool is_change;
	struct plan_change change;
};

/* Begins with a line of the plan. Step JOB_DONE: nothing is left to wait for.
 * -1: the whole run must end. */
int job_begin(struct applier *applier, struct job *job, const char *text,
    struct err *err) MUST_CHECK;
/* Goes on with the answer the job has waited for. */
int job_go_on(struct applier *applier, struct job *job,
    const struct directory_answer *answer, struct err *err) MUST_CHECK;
/* Frees what it holds, done or not. */
void job_end(struct job *job);

/* A change as one Modify (provision_change.c), in arena: values by name, so
 * that it fails when they are not as they were. */
size_t change_list(const struct plan_change *change, struct arena *arena,
    struct change **list);
/* The numbers it brings, NULL-terminated. */
const char *const *change_numbers(
    const struct plan_change *change, struct arena *arena);
/* The same entry, and still without what it had not. */
const char *change_assertion(
    const struct plan_change *change, struct arena *arena);
/* Fits an entry that has been changed so. */
const char *change_done_filter(const struct plan_change *change,
    const struct change *list, size_t count, struct arena *arena);

#endif
