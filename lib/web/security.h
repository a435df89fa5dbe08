/*
 * security - the headers every answer carries.
 *
 * Source: OWASP Secure Headers, ASVS 5.0 section 3.4. No inline script or
 * style anywhere; nothing is loaded from elsewhere; nothing is framed, cached
 * or told to other sites.
 */
#ifndef LIB_WEB_SECURITY_H
#define LIB_WEB_SECURITY_H

#include <stddef.h>

struct security_header {
	const char *name;
	const char *value;
};

extern const struct security_header security_headers[];
extern const size_t security_header_count;
extern const struct security_header security_hsts; /* https sites only */

#endif
