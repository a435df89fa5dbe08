/*
 * desk_sheet - what is handed over: a page to print, one A4, or a code to read
 * to somebody on the telephone. It is the answer to the form that asked for it
 * and has no address: nothing of it is kept, and the same form sent again gets
 * 410.
 */
#ifndef LIB_WEB_DESK_SHEET_H
#define LIB_WEB_DESK_SHEET_H

#include "lib/web/page.h"

struct desk_deed_answer;
struct desk_deed_request;

/* back: where the person's page is. */
void desk_sheet_show(const struct pages *pages, struct request *request,
    struct reply *reply, const struct desk_deed_request *asked,
    const struct desk_deed_answer *answer, const char *back);

#endif
