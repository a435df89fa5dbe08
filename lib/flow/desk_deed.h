/*
 * desk_deed - an act (desk_act.h) that a page of the desk asks for.
 *
 * What the page adds to the act: the session that says who acts; a fresh code
 * of the operator's telephone, good for this act on this person and no other;
 * and the name of the form, random, which the worker takes once: the same form
 * sent again (a reload, "back", a double click) does nothing, and what it gave
 * is not shown a second time.
 *
 * No answer in time is DESK_UNSURE: the act may have happened. The page of the
 * person then says what is.
 */
#ifndef LIB_FLOW_DESK_DEED_H
#define LIB_FLOW_DESK_DEED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/base.h"
#include "lib/flow/desk_act.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/desk_visit.h"

struct arena;
struct asker;
struct buf;
struct err;

enum {
	DESK_FORM = 16, /* bytes of a form's name */
	DESK_FORM_TEXT = 33,
	DESK_FORM_S = 9 * 3600, /* longer than any session */
};

/* Wire format. */
enum desk_deed_end {
	DESK_DEED_JUDGED, /* act says how */
	DESK_DEED_AGAIN,  /* this form was taken before */
	DESK_DEED_CODE,   /* factor says what is wrong with the code */
	DESK_DEED_ENDS,
};

struct desk_deed_request {
	struct desk_visit visit;
	const char *uuid;
	enum desk_kind kind;
	enum desk_document document;
	const char *seen, *number, *address; /* "" = none */
	const char *code;                    /* of the telephone */
	const char *form;                    /* its name */
};

/* Wipe it when it was shown. */
struct desk_deed_answer {
	struct desk_host host;
	enum desk_deed_end end;
	enum factor_verdict factor;
	enum desk_end act;
	enum number_fault number_fault;
	enum rescue_fault rescue_fault;
	int64_t at_ms, until_ms, counts_ms;
	char code[LETTER_CODE_GROUPED];
	const char *login, *display, *rescue; /* "" = nobody; masked */
	char **establishments;
};

/* Wire forms (desk_deed_request.c). */
void desk_deed_pack(const struct desk_deed_request *request, struct buf *out);
int desk_deed_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_deed_request *request, struct err *err) MUST_CHECK;
void desk_deed_answer_pack(
    const struct desk_deed_answer *answer, struct buf *out);
int desk_deed_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_deed_answer *answer, struct err *err) MUST_CHECK;

/* A name for a form. */
void desk_form_make(char form[DESK_FORM_TEXT]);
bool desk_form_is(const char *text);

/* kind, document, texts as typed; visit and form as the page has them. */
struct desk_deed_answer desk_deed_ask(const struct asker *asker,
    const struct desk_deed_request *request, struct arena *arena,
    struct err *err);

struct envelope;
struct hands;

/* The answer is packed into reply. */
int desk_deed_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err) MUST_CHECK;

#endif
