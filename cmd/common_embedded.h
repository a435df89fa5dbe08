/*
 * common_embedded - the files this program carries (made by the build).
 */
#ifndef CMD_COMMON_EMBEDDED_H
#define CMD_COMMON_EMBEDDED_H

#include "lib/base/embed.h"

extern const struct embed_list embedded_files;

#endif
