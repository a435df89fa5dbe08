#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/flow/provision_job.h"

/* Jobs under way; each has one request in the pipe. */
enum { JOBS = PIPE_CONNECTIONS * PIPE_DEPTH };

struct run {
	struct applier applier;
	struct job jobs[JOBS];
	FILE *plan;
	char *line;
	size_t done, total; /* lines */
	bool over;          /* no line is left, or none may be begun */
};

/* People in the plan: all lines but the head and the hash. */
static size_t
count_people(FILE *plan)
{
	size_t lines = 0;
	int c;

	while ((c = getc_unlocked(plan)) != EOF)
		lines += c == '\n';
	rewind(plan);
	return lines > 2 ? lines - 2 : 0;
}

static void
count_done(struct run *run)
{
	const struct provision *provision = run->applier.provision;

	/* The head is a line, and so is the hash. */
	if (run->done++ > 0 && run->done <= run->total + 1)
		provision->on_progress(
		    provision->context, "applying", run->done - 1, run->total);
}

/* Lines into job until one of them has to wait. */
static int
begin(struct run *run, struct job *job, struct err *err)
{
	while (job->step == JOB_DONE && !run->over) {
		if (fgets(run->line, PLAN_LINE_MAX, run->plan) == NULL) {
			run->over = true;
			return 0;
		}
		if (job_begin(&run->applier, job, run->line, err) != 0)
			return -1;
		if (job->step == JOB_DONE)
			count_done(run);
	}
	return 0;
}

/* One answer, and what follows from it. ABSENT: nothing is under way. */
static enum lookup
go_on(struct run *run, struct err *err)
{
	struct directory_answer answer;
	enum lookup got = directory_pipe_next(run->applier.pipe, &answer, err);
	struct job *job;

	if (got != LOOKUP_FOUND)
		return got;
	job = answer.tag;
	if (job_go_on(&run->applier, job, &answer, err) != 0)
		return LOOKUP_FAILED;
	if (job->step == JOB_DONE) {
		count_done(run);
		if (begin(run, job, err) != 0)
			return LOOKUP_FAILED;
	}
	return LOOKUP_FOUND;
}

/*
 * Something ended the run, and requests are under way: what they come to is
 * waited for, so that what is told of this run is true. Nothing new is begun.
 */
static void
wait_for_the_rest(struct run *run)
{
	struct directory_answer answer;
	struct err ignored;

	while (directory_pipe_next(run->applier.pipe, &answer, &ignored) ==
	       LOOKUP_FOUND) {
		struct job *job = answer.tag;

		if (job->step == JOB_ADD && answer.result == LOOKUP_FOUND)
			run->applier.counts->created++;
	}
}

static int
apply_lines(struct run *run, struct err *err)
{
	enum lookup got = LOOKUP_FOUND;
	int rc = 0;

	run->total = count_people(run->plan);
	for (size_t i = 0; rc == 0 && i < JOBS; i++)
		rc = begin(run, &run->jobs[i], err);
	while (rc == 0 && got == LOOKUP_FOUND) {
		got = go_on(run, err);
		rc = got == LOOKUP_FAILED ? -1 : 0;
	}
	if (rc != 0)
		wait_for_the_rest(run);
	for (size_t i = 0; i < JOBS; i++)
		job_end(&run->jobs[i]);
	return rc;
}

int
provision_apply(const struct provision *provision, FILE *plan, const char *name,
    struct provision_counts *counts, struct err *err)
{
	struct run *run = calloc(1, sizeof *run);
	int rc = plan_verify(plan, name, NULL, err);

	if (run == NULL)
		err_no_memory();
	run->applier = (struct applier){.provision = provision,
	    .counts = counts,
	    .base = provision->people_base,
	    .pipe = directory_pipe_new(
		provision->directory, PIPE_CONNECTIONS, PIPE_DEPTH)};
	run->plan = plan;
	run->line = malloc(PLAN_LINE_MAX);
	if (run->line == NULL)
		err_no_memory();
	if (rc == 0 && apply_lines(run, err) != 0)
		rc = err_in(err, "%s", name);
	directory_pipe_free(run->applier.pipe);
	free(run->line);
	free(run);
	return rc;
}
