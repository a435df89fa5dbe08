/*
 * monitor - what the metrics listener of both daemons answers: /healthz
 * (alive), /readyz (what is there, in words of lib/flow/parts.h) and /metrics.
 *
 * It knows no page and no template, so that the worker does not carry those.
 * GET and HEAD only; whatever a request brings along is not read.
 */
#ifndef LIB_WEB_MONITOR_H
#define LIB_WEB_MONITOR_H

struct meters;
struct parts;
struct reply;
struct request;
struct server;

struct monitor {
	struct meters *meters;
	const struct parts *parts;
	const struct server
	    *visitors; /* whose connections count; may be NULL */
};

/* A server_handler; context is a const struct monitor. */
void monitor_handle(
    void *context, struct request *request, struct reply *reply);

void monitor_show_health(struct request *request, struct reply *reply);
void monitor_show_ready(
    const struct parts *parts, struct request *request, struct reply *reply);

#endif
