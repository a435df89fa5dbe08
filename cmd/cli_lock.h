/*
 * cli_lock - one batch at a time, and who it is that is at work.
 *
 * The lock is flock(2) on provision.lock in the folder of [provision] state
 * (made when it is missing, closed to others). The file is empty and stays: no
 * editor and no package touches it, whoever is killed leaves nothing behind,
 * and the kernel always knows the holder: the message is read from /proc when
 * somebody has to wait, and is never stale. On a file system that hosts share,
 * a holder elsewhere is told as such.
 *
 * Two hosts with a folder each are not kept apart here: people and names are,
 * in the directory (lib/flow/provision.h).
 */
#ifndef CMD_CLI_LOCK_H
#define CMD_CLI_LOCK_H

#include "cmd/cli.h"

/* The descriptor, or -1: ERR_TEMPORARY when another process holds it. */
int cli_lock(struct cli *cli, struct err *err) MUST_CHECK;

#endif
