/*
 * routes - which handler answers which path.
 *
 * A POST whose Origin or Sec-Fetch-Site says it comes from another site is
 * refused here, for all forms at once. Where a request could not be taken
 * (Redis away), pages with a form answer 503 before anyone types.
 */
#ifndef LIB_WEB_ROUTES_H
#define LIB_WEB_ROUTES_H

struct pages;
struct reply;
struct request;

void routes_handle(
    const struct pages *pages, struct request *request, struct reply *reply);

#endif
