/*
 * common_args - the command line of the two daemons, and what both do first.
 *
 *     rentree-web [-c FILE] [-t] [--version] [--help]
 */
#ifndef CMD_COMMON_ARGS_H
#define CMD_COMMON_ARGS_H

#include <stdbool.h>

struct settings;

struct daemon_args {
	const char *config;
	bool only_check;
};

/* Exit code to leave with, or -1 to go on. */
int daemon_args_read(int argc, char **argv, const char *program,
    const char *purpose, struct daemon_args *args);

/*
 * Core files off, libsodium, SIGPIPE ignored, SIGTERM and SIGINT blocked in
 * every thread to come, log named. 0 or an exit code.
 */
int daemon_prepare(const char *program);

/* Sleeps until SIGTERM or SIGINT (true), or until ms have passed (false). */
bool daemon_wait(long ms);

#endif
