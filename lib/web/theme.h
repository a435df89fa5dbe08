/*
 * theme - the institution's colour and picture: [site] colour and logo.
 *
 * The colour replaces the brand colour of the light scheme, in a style sheet
 * of its own (the content security policy allows no inline style). It carries
 * white letters and is itself the colour of links, so one too pale to be read
 * on the palest grey of our pages (contrast below 4.5, WCAG 2.2 SC 1.4.3) is
 * refused at start. The
 * picture is read once, at start.
 *
 * Ownership: process life; read-only after theme_open().
 */
#ifndef LIB_WEB_THEME_H
#define LIB_WEB_THEME_H

#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"

struct err;
struct site_conf;

enum { THEME_LOGO_MAX = 256 * 1024 };

struct theme {
	struct arena arena;
	const char *style; /* the style sheet, "" when there is none */
	const char *logo;  /* bytes, NULL when there is none */
	size_t logo_len;
	const char *logo_type; /* media type */
};

/* ERR_CONFIG says what is wrong with the colour or the picture. */
int theme_open(struct theme *theme, const struct site_conf *site,
    struct err *err) MUST_CHECK;
void theme_close(struct theme *theme);

#endif
