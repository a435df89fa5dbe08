/*
 * paper - letters that are printed: one PDF, one page a letter.
 *
 * The text comes from a template (mailer/templates/paper.txt), one paragraph a
 * line, wrapped here. A line that begins with
 *
 *     #      is a heading
 *     >      stands on the right, where a window envelope shows it
 *     =      is in fixed, bold letters: what is to be typed
 *     @qr    is the QR code of the page's link, on the right of what follows
 *
 * Letters are set in DejaVu (the Debian package fonts-dejavu-core), embedded:
 * every name of a civil register in Latin, Greek or Cyrillic letters is printed
 * right, on any printer. What is too long for its page goes on on another one.
 *
 * The pages hold codes. What is returned is wiped by paper_free(); copies that
 * libharu made are freed by it and not wiped. Threads: one paper, one thread.
 */
#ifndef MAILER_PAPER_H
#define MAILER_PAPER_H

#include <stddef.h>

#include "lib/base/base.h"

struct err;
struct paper;

/* ERR_CONFIG: a font is not there. */
struct paper *paper_new(struct err *err) MUST_CHECK;
/* One letter. text is UTF-8 with '\n'; link is what @qr shows. */
int paper_letter(struct paper *paper, const char *text, const char *link,
    struct err *err) MUST_CHECK;
/* The whole file; bytes live until paper_free(). Nothing is added after. */
int paper_finish(struct paper *paper, const void **bytes, size_t *len,
    struct err *err) MUST_CHECK;
void paper_free(struct paper *paper);

#endif
