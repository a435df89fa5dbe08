/*
 * desk_member - is an account in a group, directly or by groups in groups?
 *
 * Asked upwards: which groups have this member, which groups have those, until
 * the one is found or there are none left; DESK_MEMBER_DEPTH steps at most. It
 * looks where the group itself stands (its parent and below), and reads member
 * and uniqueMember. A group that refers to members by other means (memberUid, a
 * dynamic group) protects nobody.
 */
#ifndef LIB_FLOW_DESK_MEMBER_H
#define LIB_FLOW_DESK_MEMBER_H

#include "lib/base/base.h"

struct arena;
struct directory;
struct err;

enum { DESK_MEMBER_DEPTH = 5, DESK_MEMBER_GROUPS = 32 };

/* ABSENT also for group "", and for one that is not there. FAILED with
 * ERR_CONFIG: it is deeper or wider than that. */
enum lookup desk_member(struct directory *directory, const char *group,
    const char *dn, struct arena *arena, struct err *err) MUST_CHECK;

/* Is there such a group, as far as we may see? */
enum lookup desk_group(struct directory *directory, const char *group,
    struct arena *arena, struct err *err) MUST_CHECK;

#endif
