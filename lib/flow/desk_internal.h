/*
 * desk_internal - what the files of desk_act lend each other.
 */
#ifndef LIB_FLOW_DESK_INTERNAL_H
#define LIB_FLOW_DESK_INTERNAL_H

#include <stddef.h>

#include "lib/flow/desk_act.h"
#include "lib/flow/desk_follow.h"

struct change;

/* One act on its way. */
struct desk_doing {
	const struct desk_tools *tools;
	const struct desk_act *act;
	struct desk_operator who;
	struct desk_answer *answer;
	struct desk_follow follow;
	struct number number; /* of DESK_NUMEN: read */
	const char *address;  /* of DESK_RESCUE: normal form */
	int64_t now_ms;
	bool is_ours; /* the entry is a rentreeAccount */
};

/* How many changes an act makes at most. */
enum { DESK_CHANGES = 8 };

/*
 * One Modify, and what follows it: queued first, under follow.value, which is
 * what the entry holds afterwards. ERR_REFUSED is DESK_STALE.
 */
enum desk_end desk_commit(struct desk_doing *doing,
    const struct change *changes, size_t count, const char *assertion,
    struct err *err);

/* desk_number.c */
enum desk_end desk_read_number(struct desk_doing *doing);
enum desk_end desk_give_number(struct desk_doing *doing, struct err *err);
/* desk_account.c */
enum desk_end desk_read_address(struct desk_doing *doing, struct err *err);
enum desk_end desk_set_rescue(struct desk_doing *doing, struct err *err);
enum desk_end desk_unlock(struct desk_doing *doing, struct err *err);
enum desk_end desk_print_letter(struct desk_doing *doing, struct err *err);
enum desk_end desk_send_link(struct desk_doing *doing, struct err *err);
enum desk_end desk_invite(struct desk_doing *doing, struct err *err);

#endif
