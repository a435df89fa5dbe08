/*
 * common_service - what a daemon tells its service manager, and what it was
 * given by it (sd_notify(3), sd_listen_fds(3)). Without libsystemd at build
 * time, or without a manager, every call does nothing.
 *
 * The one idea: WATCHDOG=1 is said by the main loop, and only while the threads
 * that do the work come round (lane.h, pulse.h). A main loop that goes on alone
 * above threads that hang is no sign of life; the manager ends it.
 */
#ifndef CMD_COMMON_SERVICE_H
#define CMD_COMMON_SERVICE_H

#include <stdbool.h>

#include "lib/base/base.h"

struct err;

void service_ready(void);
void service_stopping(void);

/* How long the main loop may sleep between two signs of life: half of what the
 * manager allows (WATCHDOG_USEC), at most most_ms. */
long service_watch_ms(long most_ms);

/* One sign of life when is_well. What is not well is an error in the log. */
void service_beat(bool is_well, const char *what);

/*
 * The listening socket of that name (FileDescriptorName=) which the manager
 * opened for us, and will keep when we leave; 0 when there is none. A manager
 * that gave other sockets than one with this name: ERR_CONFIG.
 * Called once, before there are threads.
 */
int service_socket(const char *name, int *fd, struct err *err) MUST_CHECK;

#endif
