/*
 * setting - what redeem and change share: a new password is judged, and the
 * intent that follows it is sealed before anything is written.
 */
#ifndef LIB_FLOW_SETTING_H
#define LIB_FLOW_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/store/envelope.h"

struct buf;
struct err;
struct hands;
struct intent;
struct person;
struct unpack;

/* Our rules, with the person's own data: enum password_fault bits. *normal is
 * set for PASSWORD_FINE; in the hands' arena. */
unsigned setting_judge(struct hands *hands, const struct person *person,
    const char *typed, const char **normal) MUST_CHECK;

/* The intent in a sealed envelope with a fresh id. sealed: ENVELOPE_MAX. */
int setting_seal(struct hands *hands, const struct intent *intent,
    char id[ENVELOPE_ID_TEXT], struct buf *sealed, struct err *err) MUST_CHECK;

/* What is wrong with a password, in an answer's wire form (setting_request.c):
 * faults of ours, and the directory's policy error, -1 = none. */
void setting_pack_verdict(unsigned faults, int policy, struct buf *out);
void setting_unpack_verdict(struct unpack *in, unsigned *faults, int *policy);

/*
 * pwdChangedTime counts whole seconds. Two changes within one second would be
 * one to whoever compares before and after, so the second waits.
 */
void setting_leave_second(const char *pwd_changed);

/*
 * Is it too late to write, since_ms (clock_mono_ms()) after the intent was
 * queued? A process that was stopped in between is: the intent may have found
 * nothing changed, and nobody would tell the owner of a change that comes now.
 * Well before INTENT_DELAY_MS.
 */
enum { SETTING_FRESH_MS = 5000 };
bool setting_is_late(int64_t since_ms) MUST_CHECK;

#endif
