#include "lib/store/directory_pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/store/directory_internal.h"

enum request_kind {
	REQUEST_NONE,
	REQUEST_ADD,
	REQUEST_CHANGE,
	REQUEST_MATCH, /* and any: one entry is enough */
};

/* One request under way. */
struct request {
	enum request_kind kind;
	int id;
	void *tag;
};

struct line {
	struct directory *directory;
	struct request *requests; /* as many as the pipe is deep */
	size_t busy;
	bool hot;        /* there may be an answer that poll() does not see */
	int64_t late_ms; /* when an answer must have come */
};

struct directory_pipe {
	struct line *lines;
	size_t count, depth, busy;
	struct err broken; /* ERR_NONE: it is not */
};

struct directory_pipe *
directory_pipe_new(
    const struct directory *model, size_t connections, size_t depth)
{
	struct directory_pipe *pipe = calloc(1, sizeof *pipe);

	if (pipe == NULL)
		err_no_memory();
	pipe->lines = calloc(connections, sizeof *pipe->lines);
	if (pipe->lines == NULL)
		err_no_memory();
	pipe->count = connections;
	pipe->depth = depth;
	for (size_t i = 0; i < connections; i++) {
		struct line *line = &pipe->lines[i];

		line->directory = directory_new(&model->in);
		line->requests = calloc(depth, sizeof *line->requests);
		if (line->requests == NULL)
			err_no_memory();
	}
	return pipe;
}

void
directory_pipe_free(struct directory_pipe *pipe)
{
	if (pipe == NULL)
		return;
	for (size_t i = 0; i < pipe->count; i++) {
		struct line *line = &pipe->lines[i];

		/* Not with a good-bye: it would wait for a busy server. */
		if (line->busy > 0)
			directory_drop(line->directory);
		directory_free(line->directory);
		free(line->requests);
	}
	free(pipe->lines);
	free(pipe);
}

bool
directory_pipe_has_room(const struct directory_pipe *pipe)
{
	return pipe->busy < pipe->count * pipe->depth;
}

static int
break_pipe(struct directory_pipe *pipe, struct err *err)
{
	pipe->broken = *err;
	return -1;
}

/* --- asking -------------------------------------------------------------- */

/* The idlest connection, with the time of a call begun on it. */
static struct line *
open_line(struct directory_pipe *pipe, struct err *err)
{
	struct line *line = &pipe->lines[0];
	int rc;

	if (pipe->broken.kind != ERR_NONE) {
		*err = pipe->broken;
		return NULL;
	}
	for (size_t i = 1; i < pipe->count; i++)
		if (pipe->lines[i].busy < line->busy)
			line = &pipe->lines[i];
	if (line->busy == pipe->depth) {
		err_set(err, ERR_INTERNAL, "directory: the pipe is full");
		return NULL;
	}
	rc = line->busy == 0 ? directory_begin(line->directory, err)
			     : directory_continue(line->directory, err);
	if (rc == 0)
		return line;
	(void)break_pipe(pipe, err);
	return NULL;
}

/* result: what libldap said when it sent request id. */
static int
close_line(struct directory_pipe *pipe, struct line *line, int result,
    const struct request *request, struct err *err)
{
	struct request *place = line->requests;

	directory_end(line->directory);
	if (result != LDAP_SUCCESS) {
		directory_fail(line->directory, result, "send", NULL, err);
		return break_pipe(pipe, err);
	}
	if (line->busy++ == 0)
		line->late_ms =
		    clock_mono_ms() + line->directory->in.conf->timeout_ms;
	pipe->busy++;
	while (place->kind != REQUEST_NONE)
		place++;
	*place = *request;
	return 0;
}

int
directory_pipe_add(struct directory_pipe *pipe, const char *dn,
    const struct change *attributes, size_t count, void *tag, struct err *err)
{
	struct request request = {.kind = REQUEST_ADD, .tag = tag};
	struct line *line = open_line(pipe, err);
	struct arena arena = {0};
	int result;

	if (line == NULL)
		return -1;
	result = ldap_add_ext(line->directory->ld, dn,
	    directory_mods(attributes, count, &arena), NULL, NULL, &request.id);
	arena_reset(&arena);
	return close_line(pipe, line, result, &request, err);
}

int
directory_pipe_change(struct directory_pipe *pipe, const char *dn,
    const struct change *changes, size_t count, const char *assertion,
    void *tag, struct err *err)
{
	const struct directory_modify modify = {
	    .dn = dn,
	    .changes = changes,
	    .count = count,
	    .assertion = assertion,
	};
	struct request request = {.kind = REQUEST_CHANGE, .tag = tag};
	struct line *line = open_line(pipe, err);
	int result;

	if (line == NULL)
		return -1;
	result = directory_send_modify(line->directory, &modify, &request.id);
	return close_line(pipe, line, result, &request, err);
}

/* One entry at most, and names without values: what is asked is whether it is
 * there. */
static int
look(struct directory_pipe *pipe, const struct directory_search *search,
    void *tag, struct err *err)
{
	struct request request = {.kind = REQUEST_MATCH, .tag = tag};
	struct line *line = open_line(pipe, err);
	int result;

	if (line == NULL)
		return -1;
	result = ldap_search_ext(line->directory->ld, search->base,
	    search->scope, search->filter, (char **)search->attributes, 1, NULL,
	    NULL, NULL, 1, &request.id);
	return close_line(pipe, line, result, &request, err);
}

int
directory_pipe_match(struct directory_pipe *pipe, const char *dn,
    const char *filter, const char *attribute, void *tag, struct err *err)
{
	const char *attributes[] = {
	    attribute != NULL ? attribute : LDAP_NO_ATTRS, NULL};
	const struct directory_search search = {.base = dn,
	    .scope = LDAP_SCOPE_BASE,
	    .filter = filter,
	    .attributes = attributes};

	return look(pipe, &search, tag, err);
}

int
directory_pipe_any(struct directory_pipe *pipe, const char *base,
    const char *filter, void *tag, struct err *err)
{
	static const char *const none[] = {LDAP_NO_ATTRS, NULL};
	const struct directory_search search = {.base = base,
	    .scope = LDAP_SCOPE_SUBTREE,
	    .filter = filter,
	    .attributes = none};

	return look(pipe, &search, tag, err);
}

/* --- answers ------------------------------------------------------------- */

/* The place of the request that message answers; NULL when it is nobody's. */
static struct request *
request_of(
    const struct directory_pipe *pipe, struct line *line, LDAPMessage *message)
{
	int id = ldap_msgid(message);

	for (size_t i = 0; i < pipe->depth; i++)
		if (line->requests[i].kind != REQUEST_NONE &&
		    line->requests[i].id == id)
			return &line->requests[i];
	return NULL;
}

static enum lookup
judge_add(struct directory *directory, const struct directory_verdict *verdict,
    struct err *err)
{
	(void)directory_fail(
	    directory, verdict->result, "add", verdict->diagnostic, err);
	if (verdict->result == LDAP_ALREADY_EXISTS)
		return LOOKUP_ABSENT;
	if (verdict->result == LDAP_NO_SUCH_OBJECT)
		(void)err_set(err, ERR_CONFIG,
		    "directory: add: the entry above does not exist");
	return LOOKUP_FAILED;
}

static enum lookup
judge(struct directory *directory, enum request_kind kind,
    const struct directory_verdict *verdict, struct err *err)
{
	bool absent = verdict->result == LDAP_NO_SUCH_OBJECT;

	if (verdict->result == LDAP_SUCCESS ||
	    (kind == REQUEST_MATCH &&
		verdict->result == LDAP_SIZELIMIT_EXCEEDED))
		return LOOKUP_FOUND;
	if (kind == REQUEST_ADD)
		return judge_add(directory, verdict, err);
	(void)directory_fail(directory, verdict->result,
	    kind == REQUEST_CHANGE ? "change" : "look", verdict->diagnostic,
	    err);
	return absent ? LOOKUP_ABSENT : LOOKUP_FAILED;
}

static void
read_answer(struct line *line, const struct request *request,
    LDAPMessage *message, struct directory_answer *answer)
{
	LDAP *ld = line->directory->ld;
	LDAPMessage *entry = ldap_first_entry(ld, message);
	struct directory_verdict verdict;
	BerElement *ber = NULL;
	char *name = NULL;

	*answer = (struct directory_answer){.tag = request->tag};
	if (entry != NULL) {
		name = ldap_first_attribute(ld, entry, &ber);
		ber_free(ber, 0);
		answer->has_attribute = name != NULL;
		ldap_memfree(name);
	}
	directory_verdict(line->directory, message, &verdict);
	answer->result =
	    judge(line->directory, request->kind, &verdict, &answer->err);
	if (answer->result == LOOKUP_FOUND && request->kind == REQUEST_MATCH &&
	    entry == NULL)
		answer->result = LOOKUP_ABSENT;
}

/* What libldap has of this connection, without waiting; an LDAP result. */
static int
take(struct line *line, LDAPMessage **message)
{
	struct timeval now = {0};
	int got, result = LDAP_SERVER_DOWN;

	got = ldap_result(
	    line->directory->ld, LDAP_RES_ANY, LDAP_MSG_ALL, &now, message);
	if (got > 0)
		return LDAP_SUCCESS;
	*message = NULL;
	if (got == 0)
		return LDAP_SUCCESS;
	(void)ldap_get_option(
	    line->directory->ld, LDAP_OPT_RESULT_CODE, &result);
	return result == LDAP_SUCCESS ? LDAP_SERVER_DOWN : result;
}

/* ABSENT: nothing has come on this connection. */
static enum lookup
take_answer(struct directory_pipe *pipe, struct line *line,
    struct directory_answer *answer, struct err *err)
{
	struct directory *directory = line->directory;
	LDAPMessage *message = NULL;
	struct request *request;
	int result;

	if (directory_continue(directory, err) != 0)
		return LOOKUP_FAILED;
	result = take(line, &message);
	directory_end(directory);
	line->hot = message != NULL;
	if (result == LDAP_SUCCESS && message == NULL)
		return LOOKUP_ABSENT;
	request = message != NULL ? request_of(pipe, line, message) : NULL;
	if (request == NULL) {
		/* Nobody's: the server says good-bye (RFC 4511, 4.4.1). */
		ldap_msgfree(message);
		(void)directory_fail(directory,
		    result != LDAP_SUCCESS ? result : LDAP_SERVER_DOWN,
		    "answer", NULL, err);
		return LOOKUP_FAILED;
	}
	read_answer(line, request, message, answer);
	request->kind = REQUEST_NONE;
	line->busy--;
	pipe->busy--;
	line->late_ms = clock_mono_ms() + directory->in.conf->timeout_ms;
	if (directory->ld == NULL) /* it was the server's last word */
		pipe->broken = answer->err;
	return LOOKUP_FOUND;
}

/* Until something comes on a connection that owes us answers. */
static int
wait_for_any(struct directory_pipe *pipe, struct err *err)
{
	struct pollfd sockets[PIPE_CONNECTIONS];
	int64_t now_ms = clock_mono_ms(), first_ms = INT64_MAX;
	size_t i;
	int got;

	for (i = 0; i < pipe->count; i++) {
		struct line *line = &pipe->lines[i];
		bool waits = line->busy > 0;

		sockets[i] =
		    (struct pollfd){.fd = waits ? line->directory->socket : -1,
			.events = POLLIN};
		if (waits && line->late_ms < first_ms)
			first_ms = line->late_ms;
	}
	got = poll(sockets, pipe->count,
	    first_ms > now_ms ? (int)(first_ms - now_ms) : 0);
	if (got == 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "directory: no answer within the time it has");
	if (got < 0 && errno != EINTR)
		return err_set(
		    err, ERR_INTERNAL, "directory: poll: %s", strerror(errno));
	for (i = 0; got > 0 && i < pipe->count; i++)
		pipe->lines[i].hot = sockets[i].revents != 0;
	return 0;
}

enum lookup
directory_pipe_next(struct directory_pipe *pipe,
    struct directory_answer *answer, struct err *err)
{
	if (pipe->broken.kind != ERR_NONE) {
		*err = pipe->broken;
		return LOOKUP_FAILED;
	}
	while (pipe->busy > 0) {
		for (size_t i = 0; i < pipe->count; i++) {
			struct line *line = &pipe->lines[i];
			enum lookup got = LOOKUP_ABSENT;

			if (line->hot && line->busy > 0)
				got = take_answer(pipe, line, answer, err);
			if (got == LOOKUP_FAILED)
				(void)break_pipe(pipe, err);
			if (got != LOOKUP_ABSENT)
				return got;
		}
		if (wait_for_any(pipe, err) != 0) {
			(void)break_pipe(pipe, err);
			return LOOKUP_FAILED;
		}
	}
	return LOOKUP_ABSENT;
}
