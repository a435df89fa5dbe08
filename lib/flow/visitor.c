#include "lib/flow/visitor.h"

#include <string.h>

#include <sodium.h>

/* Crockford base32: no I, L, O, U, so it survives being read aloud. */
static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
visitor_make_ref(char ref[FLOW_REF + 1])
{
	unsigned char random[FLOW_REF];

	/* 256 is a multiple of the alphabet's 32: each is as likely. */
	_Static_assert(sizeof ALPHABET - 1 == 32, "");
	randombytes_buf(random, sizeof random);
	for (size_t i = 0; i < FLOW_REF; i++)
		ref[i] = ALPHABET[random[i] % (sizeof ALPHABET - 1)];
	ref[FLOW_REF] = '\0';
}

bool
visitor_is_ref(const char *text)
{
	return strlen(text) == FLOW_REF && strspn(text, ALPHABET) == FLOW_REF;
}
