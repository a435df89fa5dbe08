/*
 * What the files of page share: the faults of a form, and how an error is told
 * to a program.
 */
#ifndef LIB_WEB_PAGE_INTERNAL_H
#define LIB_WEB_PAGE_INTERNAL_H

#include "lib/web/page.h"

/* page_faults.c: "2 erreurs", for the window's title and the summary. */
void page_count_errors(
    const struct pages *pages, struct request *request, struct values *values);

/* page_problem.c: JSON rather than HTML? */
bool page_wants_problem(const struct request *request);
/* RFC 9457 from "<key>.title" and "<key>.text". */
void page_problem(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *key,
    const struct values *values);
/* A form that came back, with what is wrong with each field. */
void page_problem_of_form(const struct pages *pages, struct request *request,
    struct reply *reply, unsigned status, const char *title,
    const struct values *values);

#endif
