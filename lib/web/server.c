#include "lib/web/server.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>
#include <sodium.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/flow/meters.h"
#include "lib/web/request.h"
#include "lib/web/security.h"
#include "lib/web/server_guard.h"
#include "lib/web/server_listen.h"

enum { DRAIN_STEP_MS = 20, DRAIN_QUIET_MS = 300, BODY_DRAIN_MAX = 1024 * 1024 };

struct server {
	struct server_input input;
	struct MHD_Daemon *daemon;
	struct guard *guard;
	int fd;
	atomic_uint in_flight; /* requests that have begun and not ended */
};

/* One request on its way in. */
struct incoming {
	struct request request;
	struct reply reply;
	struct buf body;
	size_t received;
	bool too_large, ambiguous;
	int64_t since_us;
};

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct lines {
	const char *name;
	struct buf text;
};

static enum MHD_Result
on_line(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct lines *lines = context;

	(void)kind;
	if (strcasecmp(name, lines->name) != 0 || value == NULL)
		return MHD_YES;
	if (lines->text.len > 0)
		buf_add_char(&lines->text, ',');
	buf_add_text(&lines->text, value);
	return MHD_YES;
}

/* A header that is a list. A proxy may add a line of its own behind one the
 * client sent: all lines together are the list (RFC 9110 section 5.3). NULL
 * when there is none. */
static const char *
list_header(
    struct MHD_Connection *connection, struct arena *arena, const char *name)
{
	struct lines lines = {.name = name};
	const char *list = NULL;

	buf_init(&lines.text, SERVER_HEADER_MEMORY);
	(void)MHD_get_connection_values(
	    connection, MHD_HEADER_KIND, on_line, &lines);
	if (lines.text.len > 0)
		list = arena_dup(arena, buf_text(&lines.text));
	buf_free(&lines.text);
	return list;
}

static struct net_address
client_of(const struct server *server, struct MHD_Connection *connection,
    struct arena *arena)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct net_address peer;

	/* A Unix socket has no address: only our own proxy can reach it, so
	 * it is believed like the first of the trusted ones. */
	if (info == NULL || !net_from_sockaddr(info->client_addr, &peer)) {
		if (server->input.trusted->count > 0)
			peer = server->input.trusted->list[0].address;
		else
			(void)!net_parse("127.0.0.1", &peer);
	}
	return net_client(&peer,
	    list_header(connection, arena, "X-Forwarded-For"),
	    server->input.trusted);
}

static enum method
method_of(const char *method)
{
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return METHOD_GET;
	if (strcmp(method, "POST") == 0)
		return METHOD_POST;
	return METHOD_OTHER;
}

/* libmicrohttpd has decoded the pairs already; they are encoded again so that
 * one parser, ours, decides about duplicates and ceilings. */
static enum MHD_Result
on_query(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	form_encode(context, name, value != NULL ? value : "");
	return MHD_YES;
}

static void
read_query(struct MHD_Connection *connection, struct request *request)
{
	struct buf text;

	buf_init(&text, FORM_BYTES_MAX);
	(void)MHD_get_connection_values(
	    connection, MHD_GET_ARGUMENT_KIND, on_query, &text);
	if (!buf_ok(&text) || form_parse(buf_text(&text), text.len,
				  &request->arena, &request->query) != 0)
		request->query.count = 0;
	buf_free(&text);
}

static char *
kept(struct request *request, const char *value)
{
	return value != NULL ? arena_dup(&request->arena, value) : NULL;
}

static struct incoming *
begin(struct server *server, struct MHD_Connection *connection, const char *url,
    const char *method)
{
	struct incoming *in = calloc(1, sizeof *in);
	struct request *request;

	if (in == NULL)
		abort();
	in->since_us = metrics_now_us();
	request = &in->request;
	request->method = method_of(method);
	request->path = arena_dup(
	    &request->arena, strlen(url) <= REQUEST_PATH_MAX ? url : "");
	request->cookie = kept(request, header(connection, "Cookie"));
	request->origin = kept(request, header(connection, "Origin"));
	request->sec_fetch_site =
	    kept(request, header(connection, "Sec-Fetch-Site"));
	request->accept = list_header(connection, &request->arena, "Accept");
	request->accept_language =
	    list_header(connection, &request->arena, "Accept-Language");
	request->range = kept(request, header(connection, "Range"));
	request->visitor.address =
	    client_of(server, connection, &request->arena);
	visitor_make_ref(request->visitor.ref);
	read_query(connection, request);
	buf_init(&in->body, FORM_BYTES_MAX);
	buf_init(&in->reply.body, REPLY_BODY_MAX);
	atomic_fetch_add(&server->in_flight, 1);
	return in;
}

static bool
announces_too_much(struct MHD_Connection *connection)
{
	const char *length = header(connection, "Content-Length");
	long bytes;

	return length != NULL &&
	       !text_to_long(length, 0, FORM_BYTES_MAX, &bytes);
}

/* Two lengths of one body: a proxy in front may have believed the other one,
 * and what is left over would pass for a request of somebody else (RFC 9112
 * section 6.3). */
static bool
is_ambiguous(struct MHD_Connection *connection, struct arena *arena)
{
	const char *length = list_header(connection, arena, "Content-Length");
	const char *coding =
	    list_header(connection, arena, "Transfer-Encoding");

	if (length != NULL && strchr(length, ',') != NULL)
		return true;
	return coding != NULL &&
	       (length != NULL || strcasecmp(coding, "chunked") != 0);
}

static void
count(const struct server *server, const struct incoming *in)
{
	unsigned hundreds = in->reply.status / 100; /* 2 to 5 */

	metrics_add(server->input.metrics, METER_HTTP, hundreds - 2, 0, 1);
	metrics_took(server->input.metrics, METER_HTTP_TIME, 0,
	    metrics_now_us() - in->since_us);
}

static enum MHD_Result
send_reply(const struct server *server, struct MHD_Connection *connection,
    struct incoming *in)
{
	struct reply *reply = &in->reply;
	struct MHD_Response *response;
	enum MHD_Result rc;

	if (reply->fixed != NULL)
		response = MHD_create_response_from_buffer(reply->fixed_len,
		    (void *)(uintptr_t)reply->fixed, MHD_RESPMEM_PERSISTENT);
	else
		/* Wiped by on_completed(), after the last byte has left. */
		response = MHD_create_response_from_buffer(
		    reply->body.len, reply->body.bytes, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		abort();
	for (size_t i = 0; i < reply->header_count; i++)
		(void)MHD_add_response_header(
		    response, reply->headers[i].name, reply->headers[i].value);
	for (size_t i = 0; i < security_header_count; i++)
		(void)MHD_add_response_header(response,
		    security_headers[i].name, security_headers[i].value);
	if (server->input.is_secure)
		(void)MHD_add_response_header(
		    response, security_hsts.name, security_hsts.value);
	(void)MHD_add_response_header(
	    response, "Content-Type", reply->content_type);
	/* Nothing of these may be stored anyway; it is said all the same. */
	if (reply->fixed == NULL)
		(void)MHD_add_response_header(
		    response, "Vary", "Accept, Accept-Language");
	(void)MHD_add_response_header(response, "Cache-Control",
	    reply->cacheable ? "public, max-age=31536000, immutable"
			     : "no-store");
	rc = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return rc;
}

static void
answer(const struct server *server, struct incoming *in)
{
	struct request *request = &in->request;

	if (in->too_large || !buf_ok(&in->body)) {
		request->fault = REQUEST_TOO_LARGE;
		reply_header(&in->reply, "Connection", "close");
	} else if (in->ambiguous) {
		request->fault = REQUEST_UNREADABLE;
		reply_header(&in->reply, "Connection", "close");
	} else if (form_parse(buf_text(&in->body), in->body.len,
		       &request->arena, &request->body) != 0) {
		request->fault = REQUEST_UNREADABLE;
		request->body.count = 0;
	}
	server->input.handler(server->input.context, request, &in->reply);
	count(server, in);
}

static bool
step(struct server *server, struct MHD_Connection *connection,
    enum guard_step next)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL &&
	       guard_step(server->guard, info->socket_context, next);
}

static enum MHD_Result
answer_and_send(struct server *server, struct MHD_Connection *connection,
    struct incoming *in)
{
	if (!step(server, connection, GUARD_ANSWER))
		return MHD_NO;
	answer(server, in);
	if (!step(server, connection, GUARD_SENDING))
		return MHD_NO;
	return send_reply(server, connection, in);
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *bytes, size_t *len,
    void **state)
{
	struct server *server = context;
	struct incoming *in = *state;

	(void)version;
	if (in == NULL) {
		if (!step(server, connection, GUARD_BODY))
			return MHD_NO;
		*state = in = begin(server, connection, url, method);
		in->ambiguous = is_ambiguous(connection, &in->request.arena);
		in->too_large =
		    !in->ambiguous && announces_too_much(connection);
		return in->too_large || in->ambiguous
			   ? answer_and_send(server, connection, in)
			   : MHD_YES;
	}
	if (*len > 0) {
		in->received += *len;
		buf_add(&in->body, bytes, *len);
		/* libmicrohttpd's own room, which it frees as it is: a body
		 * holds passwords. */
		sodium_memzero((void *)(uintptr_t)bytes, *len);
		*len = 0;
		return in->received > BODY_DRAIN_MAX ? MHD_NO : MHD_YES;
	}
	return answer_and_send(server, connection, in);
}

static void
on_connection(void *context, struct MHD_Connection *connection, void **seat,
    enum MHD_ConnectionNotificationCode what)
{
	struct server *server = context;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	bool refused = false;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED)
		guard_leave(server->guard, *seat);
	else if (info != NULL)
		*seat = guard_enter(server->guard, info->connect_fd, &refused);
	if (refused)
		metrics_add(server->input.metrics, METER_HTTP, 3, 0, 1);
}

static void
on_completed(void *context, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct server *server = context;
	struct incoming *in = *state;

	(void)why;
	if (in == NULL)
		return;
	(void)!step(server, connection, GUARD_HEADER);
	buf_free(&in->body);
	buf_free(&in->reply.body);
	arena_reset(&in->request.arena);
	free(in);
	*state = NULL;
	atomic_fetch_sub(&server->in_flight, 1);
}

struct server *
server_start(const struct server_input *input, struct err *err)
{
	struct server *server = calloc(1, sizeof *server);

	if (server == NULL)
		abort();
	server->input = *input;
	server->fd = input->inherited > 0 ? input->inherited
					  : server_listen(input->listen, err);
	if (server->fd < 0) {
		free(server);
		return NULL;
	}
	server->guard = guard_new(input->connections);
	server->daemon =
	    server->guard == NULL
		? NULL
		: MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
				       MHD_USE_THREAD_PER_CONNECTION |
				       MHD_USE_POLL | MHD_USE_ITC,
		      0, NULL, NULL, on_request, server,
		      MHD_OPTION_LISTEN_SOCKET, server->fd,
		      MHD_OPTION_CONNECTION_LIMIT,
		      input->connections + GUARD_DOORSTEP,
		      MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		      MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		      (size_t)SERVER_HEADER_MEMORY,
		      MHD_OPTION_THREAD_STACK_SIZE, (size_t)SERVER_STACK,
		      MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		      MHD_OPTION_END);
	if (server->daemon == NULL) {
		(void)err_set(err, ERR_INTERNAL, "server: cannot start");
		guard_free(server->guard);
		close(server->fd);
		free(server);
		return NULL;
	}
	return server;
}

unsigned
server_connections(const struct server *server)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
	    server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info != NULL ? info->num_connections : 0;
}

/* Something to wait for: an answer in flight, and at first any connection, for
 * its request may lie unread in the socket. Idle ones are kept open by proxies
 * and would make every stop as long as the longest. */
static bool
is_busy(struct server *server, int64_t since_ms)
{
	if (atomic_load(&server->in_flight) > 0)
		return true;
	return clock_mono_ms() - since_ms < DRAIN_QUIET_MS &&
	       server_connections(server) > 0;
}

/* A visitor who comes now shall find the next process, or be refused at once,
 * and not wait in a queue that nobody serves. MHD may still look at the
 * number, so it stays open, on something else; systemd keeps its own. */
static void
let_go(int fd)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && nothing >= 0)
		(void)dup3(nothing, fd, O_CLOEXEC);
	if (nothing >= 0)
		close(nothing);
}

/* MHD_stop_daemon() cuts answers in flight, so they are waited for first. */
void
server_stop(struct server *server)
{
	int64_t start_ms = clock_mono_ms();
	int fd;

	if (server == NULL)
		return;
	fd = (int)MHD_quiesce_daemon(server->daemon);
	let_go(fd);
	while (is_busy(server, start_ms) &&
	       clock_mono_ms() - start_ms < SERVER_DRAIN_MS)
		clock_sleep_ms(DRAIN_STEP_MS);
	MHD_stop_daemon(server->daemon);
	guard_free(server->guard);
	if (fd >= 0)
		close(fd);
	free(server);
}
