/*
 * fault - places where a test may end the process, or hold it.
 *
 * FAULT_POINT("links.issued") stands between two effects: what is done before
 * it is done, what comes after it may never be. It is nothing in a program as
 * it is installed; in those of `make FAULTS=1` it
 *   - appends its name to the file of RENTREE_FAULT_TRACE, if that is set;
 *   - does what RENTREE_FAULT says of it: a list of name[:nth]=action with
 *     commas in between, or the path (from /) of a file that holds it now and
 *     may not be there; action is
 *         kill         SIGKILL for this process, as if the power went
 *         pause:MS     this thread sleeps, as in a process that was stopped
 *     With nth it happens at the nth pass only, counted in the trace file over
 *     all processes that share it (so a process started again passes); never
 *     without such a file.
 *
 * Every name is a scenario of tests/integration/test_crash.py, which finds the
 * names in the sources: a point nobody tries fails there. A name is written
 * out once, as "module.what-was-just-done".
 *
 * This is the one #ifdef of the house that chooses behaviour; test_build.py
 * looks that installed programs hold nothing of it.
 */
#ifndef LIB_BASE_FAULT_H
#define LIB_BASE_FAULT_H

#ifdef RENTREE_FAULTS
#define FAULT_POINT(name) fault_point(name)
#else
#define FAULT_POINT(name) ((void)0)
#endif

/* Its exit code when RENTREE_FAULT cannot be read. */
enum { FAULT_UNREADABLE = 70 };

void fault_point(const char *name);

#endif
