/*
 * request, reply - what a page handler reads and what it writes.
 *
 * Plain data: the only file that knows libmicrohttpd is server.c. Strings live
 * in the request's arena, which is wiped when the answer has left.
 */
#ifndef LIB_WEB_REQUEST_H
#define LIB_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/flow/visitor.h"
#include "lib/web/form.h"

enum method { METHOD_GET, METHOD_POST, METHOD_OTHER };

/* What kept the body from being read. */
enum request_fault { REQUEST_FINE, REQUEST_TOO_LARGE, REQUEST_UNREADABLE };

struct catalogue;

/* What is wrong with a field of a form (page_faults.c), newest first. */
struct request_complaint {
	const struct request_complaint *older;
	const char *field;
	const char *sentence;
};

enum {
	REQUEST_PATH_MAX = 512,
	REPLY_HEADERS_MAX = 8,
	REPLY_BODY_MAX = 640 * 1024,
};

struct request {
	enum method method;
	enum request_fault fault;
	const char *path;
	struct form query;
	struct form body;
	/* Request headers, NULL when absent. */
	const char *cookie, *origin, *sec_fetch_site, *range;
	/* … all lines of it. */
	const char *accept, *accept_language;
	struct visitor visitor;
	/* By accept_language; NULL = the site's first. */
	const struct catalogue *preferred;
	const struct request_complaint *complaints;
	unsigned complaint_count;
	struct arena arena;
};

struct reply_header {
	const char *name;
	const char *value;
};

struct reply {
	unsigned status;
	const char *content_type;
	struct reply_header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	/* Either bytes that outlive the request (static files) or body. */
	const void *fixed;
	size_t fixed_len;
	struct buf body;
	bool cacheable; /* versioned static files; all else is no-store */
};

/* Both values must live in the arena or longer. */
void reply_header(struct reply *reply, const char *name, const char *value);
/* 303 See Other (RFC 9110 section 15.4.4). */
void reply_redirect(struct reply *reply, const char *location);
/*
 * Answers "Range: bytes=a-b" with that part of the body (206, RFC 9110 section
 * 14): Safari plays no sound that cannot be asked for in parts. Anything else
 * in the header is passed over, as the RFC allows.
 */
void reply_range(struct request *request, struct reply *reply);
/* Value of a cookie, "" when absent; in the request's arena. */
const char *request_cookie(struct request *request, const char *name);

#endif
