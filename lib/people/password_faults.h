/*
 * password_faults - which sentence tells a person why a password was refused.
 *
 * Catalogue keys for our own faults (password.h) and for the directory's
 * policy errors (draft-behera-ldap-password-policy, numbers 0 to 9). Apart
 * from password.c so that the web process carries no dictionary.
 */
#ifndef LIB_PEOPLE_PASSWORD_FAULTS_H
#define LIB_PEOPLE_PASSWORD_FAULTS_H

#include "lib/people/password.h"

/* Key of the sentence in the catalogue for one fault bit. */
const char *password_fault_key(enum password_fault fault);

const char *password_policy_key(int policy_error);

/* What can be said of a password without knowing any: bits of enum
 * password_fault for one that is empty, longer than we take, or no text. */
unsigned password_measure(const char *typed);

#endif
