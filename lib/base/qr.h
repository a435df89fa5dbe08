/*
 * qr - a QR code as a square of dark and light modules (the door of
 * libqrencode); whoever draws it, on paper or on a page, asks for runs.
 *
 * Error correction is M (15 %), 8-bit mode, the smallest version that fits.
 * libqrencode's own memory is freed and not wiped.
 */
#ifndef LIB_BASE_QR_H
#define LIB_BASE_QR_H

#include <stdbool.h>

#include "lib/base/base.h"

struct arena;

struct qr {
	int width; /* modules a side, without the quiet zone of four */
	const unsigned char *dark; /* row by row; in arena */
};

/* False: text is too long for any QR code. */
bool qr_make(struct arena *arena, const char *text, struct qr *qr) MUST_CHECK;

/* The next run of dark modules of a row, from column *from on: *from and *to
 * (behind its last) say where. False: there is none. Drawn as one rectangle, it
 * has no hair lines. */
bool qr_run(const struct qr *qr, int row, int *from, int *to);

/* The same as the data of an SVG path, one unit a module, the quiet zone
 * outside; in arena. */
char *qr_path(struct arena *arena, const struct qr *qr);

#endif
