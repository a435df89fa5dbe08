/*
 * server_listen - a listening socket from text: "address:port", "[v6]:port"
 * or "unix:/path" (0660, a stale socket of ours is replaced).
 */
#ifndef LIB_WEB_SERVER_LISTEN_H
#define LIB_WEB_SERVER_LISTEN_H

#include <stdbool.h>

#include "lib/base/base.h"

struct err;

/* The descriptor, or -1. */
int server_listen(const char *listen, struct err *err) MUST_CHECK;
/* Is the text one of the three forms? For the configuration check. */
bool server_listen_is_valid(const char *listen);

#endif
