/*
 * The real server on a loopback port of its own, spoken to with bytes: what a
 * browser would not send is the point.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/web/request.h"
#include "lib/web/security.h"
#include "lib/web/server.h"
#include "lib/web/server_guard.h"

enum { ANSWER = 64 * 1024, SLOW_MS = 600, PLACES = 16 };

static const char FIXED[] = "fixed bytes";

/* Tells what it was asked, one line each; some paths do something else. */
static void
echo(void *context, struct request *request, struct reply *reply)
{
	const struct net_address *address = &request->visitor.address;

	(void)context;
	reply->status = 200;
	reply->content_type = "text/plain; charset=utf-8";
	if (strcmp(request->path, "/fixed") == 0) {
		reply->fixed = FIXED;
		reply->fixed_len = sizeof FIXED - 1;
		reply->cacheable = true;
		return;
	}
	if (request->fault != REQUEST_FINE)
		reply->status = request->fault == REQUEST_TOO_LARGE ? 413 : 400;
	if (strcmp(request->path, "/away") == 0) {
		reply_redirect(reply, "/there");
		return;
	}
	if (strcmp(request->path, "/slow") == 0)
		clock_sleep_ms(SLOW_MS);
	buf_addf(&reply->body, "method=%d\npath=%s\nq=%s\na=%s\nlen=%zu\n",
	    (int)request->method, request->path, form_raw(&request->query, "q"),
	    form_raw(&request->body, "a"),
	    strlen(form_raw(&request->body, "a")));
	buf_addf(&reply->body,
	    "ref=%zu\ncookie=%s\nfrom=", strlen(request->visitor.ref),
	    request->cookie != NULL ? request->cookie : "none");
	for (size_t i = 0; i < sizeof address->bytes; i++)
		buf_addf(&reply->body, "%02x", address->bytes[i]);
	buf_add_char(&reply->body, '\n');
}

/* --- bench ---------------------------------------------------------------- */

static struct server *server;
static struct net_prefixes trusted;
static struct arena arena;
static int port;

/* A port that was free a moment ago. */
static int
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	close(fd);
	return ntohs(address.sin_port);
}

static void
open_server(bool is_secure)
{
	char listen_text[64];
	struct err err = {0};
	struct server_input input = {.listen = listen_text,
	    .connections = PLACES,
	    .trusted = &trusted,
	    .is_secure = is_secure,
	    .handler = echo};

	port = free_port();
	(void)snprintf(listen_text, sizeof listen_text, "127.0.0.1:%d", port);
	server = server_start(&input, &err);
	if (server == NULL)
		fail_msg("%s", err.text);
}

static int
set_up(void **state)
{
	struct err err = {0};

	(void)state;
	if (net_parse_prefixes(
		&arena, "127.0.0.1/32 10.0.0.0/8", &trusted, &err) != 0)
		return -1;
	open_server(false);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop(server);
	arena_reset(&arena);
	return 0;
}

static int
dial(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		fail_msg("cannot connect");
	return fd;
}

static void
say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* refused early: the answer tells */
		bytes += sent;
		len -= (size_t)sent;
	}
}

/* All that comes until the server hangs up. */
static const char *
hear(int fd)
{
	static char answer[ANSWER];
	size_t len = 0;
	ssize_t got;

	while ((got = recv(fd, answer + len, sizeof answer - 1 - len, 0)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	close(fd);
	return answer;
}

static const char *
ask(const char *bytes)
{
	int fd = dial();

	say(fd, bytes, strlen(bytes));
	return hear(fd);
}

static int
status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0
		   ? (int)strtol(answer + 9, NULL, 10)
		   : 0;
}

static const char *
body_of(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");

	return body != NULL ? body + 4 : "";
}

/* Is a header there with this value, exactly? */
static bool
has_header(const char *answer, const char *name, const char *value)
{
	char line[1024];
	const char *found;

	(void)snprintf(line, sizeof line, "\r\n%s: %s\r\n", name, value);
	found = strstr(answer, line);
	return found != NULL && found < body_of(answer);
}

#define HOST "Host: x\r\nConnection: close\r\n"

/* --- cases ---------------------------------------------------------------- */

static void
test_headers_everywhere(void **unused)
{
	static const struct {
		const char *request;
		int status;
		const char *cache;
	} cases[] = {
	    {"GET / HTTP/1.1\r\n" HOST "\r\n", 200, "no-store"},
	    {"HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, "no-store"},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na=1", 200,
		"no-store"},
	    {"GET /away HTTP/1.1\r\n" HOST "\r\n", 303, "no-store"},
	    {"GET /fixed HTTP/1.1\r\n" HOST "\r\n", 200,
		"public, max-age=31536000, immutable"},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na=%", 400,
		"no-store"},
	    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 16385\r\n\r\n", 413,
		"no-store"},
	    {"POST / HTTP/1.1\r\n" HOST
	     "Content-Length: 999999999999999\r\n\r\n",
		413, "no-store"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *answer = ask(cases[i].request);

		if (status_of(answer) != cases[i].status)
			fail_msg("case %zu: %.60s", i, answer);
		for (size_t j = 0; j < security_header_count; j++)
			if (!has_header(answer, security_headers[j].name,
				security_headers[j].value))
				fail_msg("case %zu lacks %s", i,
				    security_headers[j].name);
		assert_true(
		    has_header(answer, "Cache-Control", cases[i].cache));
		assert_true(
		    has_header(answer, "Vary", "Accept, Accept-Language") ==
		    (strstr(cases[i].cache, "public") == NULL));
		assert_non_null(strstr(answer, "\r\nContent-Type: text/plain"));
		assert_null(strstr(answer, "Strict-Transport-Security"));
		assert_null(strstr(answer, "\r\nServer:"));
	}
}

static void
test_methods(void **unused)
{
	static const struct {
		const char *method;
		const char *line;
	} cases[] = {
	    {"GET", "method=0\n"},
	    {"POST", "method=1\n"},
	    {"PUT", "method=2\n"},
	    {"DELETE", "method=2\n"},
	    {"OPTIONS", "method=2\n"},
	    {"get", "method=2\n"},
	    {"XYZZY", "method=2\n"},
	};
	const char *answer;

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char request[256];

		(void)snprintf(request, sizeof request,
		    "%s / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
		    cases[i].method);
		if (strstr(ask(request), cases[i].line) == NULL)
			fail_msg("%s", cases[i].method);
	}
	/* the head of a GET, and nothing behind it */
	answer = ask("HEAD / HTTP/1.1\r\n" HOST "\r\n");
	assert_string_equal(body_of(answer), "");
	assert_null(strstr(answer, "Content-Length: 0\r\n"));
	assert_non_null(strstr(answer, "Content-Length: "));
	answer = ask("GET /away HTTP/1.1\r\n" HOST "\r\n");
	assert_true(has_header(answer, "Location", "/there"));
}

static void
test_query_and_path(void **unused)
{
	static const struct {
		const char *target, *line;
	} cases[] = {
	    {"/a/b?q=1", "path=/a/b\nq=1\n"},
	    {"/?q=%C3%A9+x", "path=/\nq=é x\n"},
	    {"/?q=1&q=2", "path=/\nq=1\n"},
	    {"/?q", "path=/\nq=\n"},
	    {"/?", "path=/\nq=\n"},
	    {"/%C3%A9", "path=/é\nq=\n"},
	    {"/?q=%zz", "path=/\nq=%zz\n"},
	    {"/?q=%", "path=/\nq=%\n"},
	    {"/?q=a%26b%3Dc", "path=/\nq=a&b=c\n"},
	    {"//x.test/", "path=//x.test/\n"},
	};
	char request[2048], path[REQUEST_PATH_MAX + 2];

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)snprintf(request, sizeof request,
		    "GET %s HTTP/1.1\r\n" HOST "\r\n", cases[i].target);
		if (strstr(ask(request), cases[i].line) == NULL)
			fail_msg("%s", cases[i].target);
	}
	/* a path that no page has is none */
	for (size_t extra = 0; extra < 2; extra++) {
		memset(path, 'x', sizeof path);
		path[0] = '/';
		path[REQUEST_PATH_MAX + extra] = '\0';
		(void)snprintf(request, sizeof request,
		    "GET %s HTTP/1.1\r\n" HOST "\r\n", path);
		if ((strstr(ask(request), "path=/xx") != NULL) != (extra == 0))
			fail_msg("%zu", extra);
	}
}

static void
test_body_limits(void **unused)
{
	static const struct {
		size_t body;
		bool chunked;
		int status;
	} cases[] = {
	    {FORM_BYTES_MAX, false, 200}, {FORM_BYTES_MAX + 1, false, 413},
	    {FORM_BYTES_MAX, true, 200}, {FORM_BYTES_MAX + 1, true, 413},
	    {3 * FORM_BYTES_MAX, true, 413}, {10 * FORM_BYTES_MAX, true, 413},
	    {100 * FORM_BYTES_MAX, true, 0}, /* cut */
	};
	static char body[100 * FORM_BYTES_MAX + 1];

	(void)unused;
	memset(body, 'x', sizeof body);
	memcpy(body, "a=", 2);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *answer;
		char text[256];
		int fd = dial();

		if (cases[i].chunked)
			(void)snprintf(text, sizeof text,
			    "POST / HTTP/1.1\r\n" HOST
			    "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
			    cases[i].body);
		else
			(void)snprintf(text, sizeof text,
			    "POST / HTTP/1.1\r\n" HOST
			    "Content-Length: %zu\r\n\r\n",
			    cases[i].body);
		say(fd, text, strlen(text));
		say(fd, body, cases[i].body);
		if (cases[i].chunked)
			say(fd, "\r\n0\r\n\r\n", 7);
		answer = hear(fd);
		/* a cut connection may lose an answer, never give another */
		if (status_of(answer) != cases[i].status)
			fail_msg("case %zu: %.40s", i, answer);
		if (cases[i].status == 200) {
			(void)snprintf(text, sizeof text, "\nlen=%zu\n",
			    cases[i].body - 2);
			assert_non_null(strstr(answer, text));
		}
	}
}

/* One body, two lengths: what is behind it is no second request. */
static void
test_two_lengths(void **unused)
{
	static const struct {
		const char *headers;
		int status;
	} cases[] = {
	    {"Content-Length: 3\r\n", 200},
	    {"Transfer-Encoding: chunked\r\n", 200},
	    {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400},
	    {"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n", 400},
	    {"Content-Length: 3\r\nContent-Length: 60\r\n", 400},
	    {"Content-Length: 3\r\nContent-Length: 3\r\n", 400},
	    {"Content-Length: 3, 60\r\n", 400},
	    {"Content-Length: +3\r\n", 400},
	    {"Transfer-Encoding: x, chunked\r\n", 400},
	    {"Transfer-Encoding: identity\r\n", 400},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *answer;
		char request[512];

		(void)snprintf(request, sizeof request,
		    "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n%s"
		    "GET /second HTTP/1.1\r\n" HOST "\r\n",
		    cases[i].headers,
		    strstr(cases[i].headers, "chunked") != NULL
			? "3\r\na=1\r\n0\r\n\r\n"
			: "a=1");
		answer = ask(request);
		if (status_of(answer) != cases[i].status)
			fail_msg("case %zu: %.40s", i, answer);
		if (cases[i].status != 200)
			assert_null(strstr(answer, "path=/second"));
		else
			assert_non_null(strstr(answer, "path=/second"));
	}
}

/* 127.0.0.1 (us) and 10/8 are trusted. */
static void
test_forwarded(void **unused)
{
	static const struct {
		const char *headers, *from; /* the last four bytes */
	} cases[] = {
	    {"", "7f000001"},
	    {"X-Forwarded-For: 192.0.2.1\r\n", "c0000201"},
	    {"x-forwarded-for: 192.0.2.1\r\n", "c0000201"},
	    {"X-Forwarded-For: 192.0.2.9, 192.0.2.1\r\n", "c0000201"},
	    {"X-Forwarded-For: 192.0.2.1, 10.1.2.3\r\n", "c0000201"},
	    {"X-Forwarded-For: 10.1.2.3\r\n", "0a010203"},
	    /* a proxy that adds a line behind the client's own */
	    {"X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.1\r\n",
		"c0000201"},
	    {"X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.1, "
	     "10.0.0.1\r\n",
		"c0000201"},
	    /* damaged: nobody is believed beyond the last trusted hop */
	    {"X-Forwarded-For: nobody\r\n", "7f000001"},
	    {"X-Forwarded-For: 192.0.2.1, \r\n", "7f000001"},
	    {"Forwarded: for=192.0.2.1\r\n", "7f000001"},
	    {"X-Real-IP: 192.0.2.1\r\n", "7f000001"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char request[512], from[64];

		(void)snprintf(request, sizeof request,
		    "GET / HTTP/1.1\r\n" HOST "%s\r\n", cases[i].headers);
		(void)snprintf(from, sizeof from,
		    "from=00000000000000000000ffff%s\n", cases[i].from);
		if (strstr(ask(request), from) == NULL)
			fail_msg("case %zu: %s", i, cases[i].headers);
	}
}

static void
test_visitors_who_leave(void **unused)
{
	static const char *const beginnings[] = {"", "GET",
	    "GET / HTTP/1.1\r\n",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na=1",
	    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n5\r\na=",
	    "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	    "Content-Length: 10\r\n\r\n",
	    "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n\r\n",
	    "\x16\x03\x01\x02\x00\x01"};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
		int fd = dial();

		say(fd, beginnings[i], strlen(beginnings[i]));
		clock_sleep_ms(10);
		close(fd);
	}
	assert_int_equal(status_of(ask("GET / HTTP/1.1\r\n" HOST "\r\n")), 200);
}

/* Has the server hung up, by now? */
static bool
is_over(int fd)
{
	char bytes[512];
	ssize_t got;

	while ((got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
		;
	return got == 0 || errno != EAGAIN;
}

static void
test_who_holds_places_makes_room(void **unused)
{
	static const char slow[] = "GET /slow HTTP/1.1\r\n" HOST "\r\n";
	static const char *const beginnings[] = {"", "GET / HTTP/1.1\r\nA: ",
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na=1"};
	int whole = dial(), held[5 * PLACES];
	size_t over = 0;

	(void)unused;
	say(whole, slow, sizeof slow - 1);
	clock_sleep_ms(SLOW_MS / 6); /* it is the oldest, and read */
	for (size_t i = 0; i < COUNT_OF(held); i++) {
		const char *begins = beginnings[i % COUNT_OF(beginnings)];

		held[i] = dial();
		say(held[i], begins, strlen(begins));
	}
	clock_sleep_ms(3 * GUARD_GRACE_MS);
	assert_int_equal(status_of(ask("GET / HTTP/1.1\r\n" HOST "\r\n")), 200);
	assert_int_equal(status_of(hear(whole)), 200);
	for (size_t i = 0; i < COUNT_OF(held); i++)
		over += is_over(held[i]);
	assert_true(over >= COUNT_OF(held) - PLACES);
	for (size_t i = 0; i < COUNT_OF(held); i++)
		close(held[i]);
}

/* Exactly as many as there are places, all busy and kept alive: who comes next
 * is told to come again, and need not wait for the end of somebody's silence.
 */
static void
test_all_places_busy(void **unused)
{
	static const char slow[] = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
	int busy[PLACES];
	char answer[16], len[24];
	const char *refused;

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(busy); i++) {
		busy[i] = dial();
		say(busy[i], slow, sizeof slow - 1);
	}
	refused = ask("GET / HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(status_of(refused), 503);
	assert_true(has_header(refused, "Retry-After", "5"));
	(void)snprintf(len, sizeof len, "%zu", strlen(body_of(refused)));
	assert_true(has_header(refused, "Content-Length", len));
	for (size_t i = 0; i < COUNT_OF(busy); i++) {
		assert_true(recv(busy[i], answer, sizeof answer, 0) > 0);
		assert_memory_equal(answer, "HTTP/1.1 200", 12);
	}
	/* They stay open, and make room. */
	assert_int_equal(status_of(ask("GET / HTTP/1.1\r\n" HOST "\r\n")), 200);
	for (size_t i = 0; i < COUNT_OF(busy); i++)
		close(busy[i]);
}

static void
test_keep_alive(void **unused)
{
	static const char two[] =
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\na=secret"
	    "GET /second HTTP/1.1\r\n" HOST "Cookie: c=1\r\n\r\n";
	const char *answer = ask(two);

	(void)unused;
	assert_non_null(strstr(answer, "\na=secret\n"));
	answer = strstr(answer, "path=/second\n");
	assert_non_null(answer);
	/* nothing of the first is in the second */
	assert_non_null(strstr(answer, "\na=\n"));
	assert_non_null(strstr(answer, "cookie=c=1\n"));
}

static void
test_hsts(void **unused)
{
	struct server *plain = server;
	int plain_port = port;

	(void)unused;
	open_server(true);
	assert_true(has_header(ask("GET / HTTP/1.1\r\n" HOST "\r\n"),
	    security_hsts.name, security_hsts.value));
	server_stop(server);
	server = plain;
	port = plain_port;
}

static void *
stop_it(void *context)
{
	server_stop(context);
	return NULL;
}

/* An answer in the making leaves; a connection kept open for nothing does not
 * hold up the end. */
static void
test_stop(void **unused)
{
	struct server *first = server;
	int first_port = port, slow, idle;
	const char *answer;
	pthread_t thread;
	int64_t start_ms;
	char bytes[256];

	(void)unused;
	open_server(false);
	idle = dial();
	say(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	assert_true(recv(idle, bytes, sizeof bytes, 0) > 0);
	slow = dial();
	say(slow, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", 31);
	clock_sleep_ms(100);
	start_ms = clock_mono_ms();
	assert_int_equal(pthread_create(&thread, NULL, stop_it, server), 0);
	answer = hear(slow);
	assert_int_equal(status_of(answer), 200);
	assert_non_null(strstr(answer, "path=/slow\n"));
	pthread_join(thread, NULL);
	assert_true(clock_mono_ms() - start_ms < SLOW_MS + 1000);
	close(idle);
	server = first;
	port = first_port;
}

static void
test_bad_listen(void **unused)
{
	struct server_input input = {.listen = "nowhere",
	    .connections = 4,
	    .trusted = &trusted,
	    .handler = echo};
	struct err err = {0};

	(void)unused;
	assert_null(server_start(&input, &err));
	assert_int_equal(err.kind, ERR_CONFIG);
	server_stop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_headers_everywhere),
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_query_and_path),
	    cmocka_unit_test(test_body_limits),
	    cmocka_unit_test(test_two_lengths),
	    cmocka_unit_test(test_forwarded),
	    cmocka_unit_test(test_visitors_who_leave),
	    cmocka_unit_test(test_who_holds_places_makes_room),
	    cmocka_unit_test(test_all_places_busy),
	    cmocka_unit_test(test_keep_alive),
	    cmocka_unit_test(test_hsts),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_bad_listen),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
