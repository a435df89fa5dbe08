/*
 * pause - stops a child, and is sure of it.
 *
 * kill(SIGSTOP) returns before the child's threads have stopped; on a busy
 * machine one of them may answer meanwhile.
 */
#ifndef TESTS_SUPPORT_PAUSE_H
#define TESTS_SUPPORT_PAUSE_H

#include <sys/types.h>

/* Returns when no thread of pid runs any more; SIGCONT goes on. Fails the test
 * when pid is no child of ours. */
void pause_child(pid_t pid);

#endif
