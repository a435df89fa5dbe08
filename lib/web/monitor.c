#include "lib/web/monitor.h"

#include <string.h>

#include "lib/base/json.h"
#include "lib/flow/meters.h"
#include "lib/flow/parts.h"
#include "lib/web/request.h"
#include "lib/web/server.h"

#define EXPOSITION "text/plain; version=0.0.4; charset=utf-8"

static void
show_json(struct request *request, struct reply *reply, unsigned status,
    struct json *body)
{
	reply->status = status;
	reply->content_type = "application/json; charset=utf-8";
	buf_add_text(&reply->body, json_line(&request->arena, body));
	buf_add_char(&reply->body, '\n');
	json_free(body);
}

static void
show_line(struct reply *reply, unsigned status, const char *line)
{
	reply->status = status;
	reply->content_type = "text/plain; charset=utf-8";
	buf_add_text(&reply->body, line);
}

void
monitor_show_health(struct request *request, struct reply *reply)
{
	struct json *body = json_new_object();

	json_text(body, "status", "ok");
	show_json(request, reply, 200, body);
}

void
monitor_show_ready(
    const struct parts *parts, struct request *request, struct reply *reply)
{
	show_json(request, reply, parts_are_ready(parts) ? 200 : 503,
	    parts_json(parts));
}

static void
show_metrics(const struct monitor *monitor, struct reply *reply)
{
	struct metrics *metrics = meters_of(monitor->meters);

	if (monitor->visitors != NULL)
		metrics_set(metrics, METER_HTTP_CONNECTIONS, 0, 0,
		    server_connections(monitor->visitors));
	reply->status = 200;
	reply->content_type = EXPOSITION;
	metrics_write(metrics, &reply->body);
	metrics_write_process(&reply->body);
}

void
monitor_handle(void *context, struct request *request, struct reply *reply)
{
	const struct monitor *monitor = context;

	if (request->fault != REQUEST_FINE || request->method != METHOD_GET) {
		reply_header(reply, "Allow", "GET, HEAD");
		show_line(reply, 405, "GET and HEAD only\n");
	} else if (strcmp(request->path, "/metrics") == 0) {
		show_metrics(monitor, reply);
	} else if (strcmp(request->path, "/readyz") == 0) {
		monitor_show_ready(monitor->parts, request, reply);
	} else if (strcmp(request->path, "/healthz") == 0) {
		monitor_show_health(request, reply);
	} else {
		show_line(
		    reply, 404, "here are /metrics, /readyz and /healthz\n");
	}
}
