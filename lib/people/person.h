/*
 * person - an account as the directory tells it, and nothing more.
 *
 * Filled by store/directory.h; pure data. Every string lives in the arena the
 * look-up was given; absent single values are NULL, absent lists are empty
 * NULL-terminated arrays.
 */
#ifndef LIB_PEOPLE_PERSON_H
#define LIB_PEOPLE_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/people/state.h"

struct arena;

enum { PERSON_UUID = 37 };

struct person {
	char uuid[PERSON_UUID]; /* entryUUID: what tokens and locks name */
	const char *dn;
	const char *login;   /* uid */
	const char *display; /* cn */
	const char *family, *given, *birth_family, *all_given;
	char **mails;      /* institutional mailboxes, all values */
	char **aliases;    /* mailLocalAddress, mailAlternateAddress */
	char **proofs;     /* rentreeProof */
	char **sources;    /* rentreeSource */
	const char *birth; /* digest, or clear when so mapped */
	const char
	    *recovery_mail; /* usable one or NULL; never in own domains */
	const char *recovery_pending; /* rentreeRecoveryMailPending */
	bool recovery_is_due;     /* recovery_mail is the pending one, which is
				   * due and not written through yet */
	const char *mail_refused; /* rentreeMailRefused; address_was_refused */
	char **kinds;
	char **establishments;
	const char *language; /* preferredLanguage, "fr" or "en"; NULL */
	struct state_facts facts;
	int64_t locked_ms; /* by wrong passwords, at that time; may be over */
	const char *pwd_changed; /* pwdChangedTime, "" when never set */
	const char *entry_csn;   /* of the last write, "" when not told */
	int64_t invited_ms, activated_ms;
	long invitations;    /* how many were sent */
	int64_t disowned_ms; /* "it was not me", not looked into yet */
	const char *letter;  /* digest of the printed letter's code, or NULL */
	int64_t letter_end_ms;
	int64_t code_end_ms; /* of the {CODE} among proofs; 0 = none is told */
	int64_t reissued_ms; /* when a desk last gave out a number */
	bool has_password;
};

/* What the password of this person may not be made of (password.h): names,
 * login, mail addresses, establishments, and the site's name; in arena. */
const char *const *person_words(
    const struct person *person, const char *site_name, struct arena *arena);

#endif
