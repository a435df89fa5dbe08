/*
 * wave - whose turn it is: invitations and letters go out establishment by
 * establishment.
 *
 * A wave is the beginning of an UAI: "0590121L" is one school, "059" all of a
 * département. Who has no establishment is in no wave but the one of all.
 */
#ifndef LIB_FLOW_WAVE_H
#define LIB_FLOW_WAVE_H

#include <stdbool.h>

/* Both NULL-terminated; waves NULL or empty: everybody. */
bool wave_has(const char *const *waves, char *const *establishments);

#endif
