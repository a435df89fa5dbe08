/*
 * cli_lock - one batch at a time, and who it is that is at work.
 *
 * The lock is flock(2) on the configuration file: what two batches over one
 * directory share. It is opened for reading, so nothing is created, nothing is
 * left behind by whoever is killed, and the kernel always knows the holder: the
 * message is read from /proc when somebody has to wait, and is never stale. On
 * a file system that hosts share, a holder elsewhere is told as such.
 *
 * Two hosts with a configuration each are not kept apart here: the names are,
 * by their reservations in the directory.
 */
#ifndef CMD_CLI_LOCK_H
#define CMD_CLI_LOCK_H

#include "cmd/cli.h"

/* The descriptor, or -1: ERR_TEMPORARY when another process holds it. */
int cli_lock(struct cli *cli, struct err *err) MUST_CHECK;

#endif
