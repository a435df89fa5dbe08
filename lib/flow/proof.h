/*
 * proof - who has this number, and is this their birth date?
 *
 * The directory holds keyed digests of both: a number is looked up under every
 * live key, so nobody is lost during a rotation.
 */
#ifndef LIB_FLOW_PROOF_H
#define LIB_FLOW_PROOF_H

#include <stdbool.h>

#include "lib/base/base.h"
#include "lib/people/birth.h"
#include "lib/people/number.h"

struct directory_found;
struct err;
struct hands;
struct person;

/* Everybody who has this number (a code: and until its end); found lives in the
 * arena of hands. */
int proof_find(struct hands *hands, const struct number *number,
    struct directory_found *found, struct err *err) MUST_CHECK;

/* Also when the directory holds a clear date instead of our digest. */
bool proof_birth_fits(const struct hands *hands, const struct person *person,
    const struct birth *birth);

#endif
