#include "mailer/paper.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <hpdf.h>
#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/qr.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"

#define FONTS "/usr/share/fonts/truetype/dejavu/"

/* A4 in points, and the places on it. A window of 45 x 100 mm, as French
 * envelopes have it, begins 20 mm from the right and 45 mm from the top. */
static const float width = 595, height = 842, margin = 62, top = 62;
static const float window_left = 300, qr_size = 110, gap = 16;

struct face {
	HPDF_Font font;
	float size, lead; /* lead: from line to line */
};

struct paper {
	HPDF_Doc pdf;
	HPDF_Page page;
	struct face plain, heading, typed;
	float y;      /* of the last base line, from below */
	float beside; /* down to here a QR code stands on the right */
	unsigned char *bytes;
	HPDF_UINT32 len;
};

/* libharu goes on after an error and remembers the first one; it is asked for
 * at the end of each letter. */
static void
on_error(HPDF_STATUS error, HPDF_STATUS detail, void *context)
{
	(void)error;
	(void)detail;
	(void)context;
}

static int
check(struct paper *paper, struct err *err)
{
	HPDF_STATUS status = HPDF_GetError(paper->pdf);

	if (status == HPDF_OK)
		return 0;
	return err_set(
	    err, ERR_INTERNAL, "libharu: error 0x%04lX", (unsigned long)status);
}

static int
open_face(struct paper *paper, struct face *face, const char *path, float size,
    struct err *err)
{
	const char *name = HPDF_LoadTTFontFromFile(paper->pdf, path, HPDF_TRUE);

	if (name == NULL)
		return err_set(err, ERR_CONFIG,
		    "%s cannot be read: install fonts-dejavu-core", path);
	face->font = HPDF_GetFont(paper->pdf, name, "UTF-8");
	face->size = size;
	face->lead = size * 1.35F;
	return check(paper, err);
}

static int
open_faces(struct paper *paper, struct err *err)
{
	return open_face(paper, &paper->plain, FONTS "DejaVuSans.ttf", 10.5F,
		   err) != 0 ||
		       open_face(paper, &paper->heading,
			   FONTS "DejaVuSans-Bold.ttf", 15, err) != 0 ||
		       open_face(paper, &paper->typed,
			   FONTS "DejaVuSansMono-Bold.ttf", 14, err) != 0
		   ? -1
		   : 0;
}

struct paper *
paper_new(struct err *err)
{
	struct paper *paper = calloc(1, sizeof *paper);

	if (paper == NULL)
		err_no_memory();
	paper->pdf = HPDF_New(on_error, NULL);
	if (paper->pdf == NULL)
		err_no_memory();
	(void)HPDF_UseUTFEncodings(paper->pdf);
	(void)HPDF_SetCompressionMode(paper->pdf, HPDF_COMP_ALL);
	(void)HPDF_SetInfoAttr(paper->pdf, HPDF_INFO_CREATOR, "rentree");
	if (open_faces(paper, err) == 0)
		return paper;
	paper_free(paper);
	return NULL;
}

void
paper_free(struct paper *paper)
{
	if (paper == NULL)
		return;
	HPDF_Free(paper->pdf);
	if (paper->bytes != NULL)
		sodium_memzero(paper->bytes, paper->len);
	free(paper->bytes);
	free(paper);
}

/* --- setting text -------------------------------------------------------- */

static void
new_page(struct paper *paper)
{
	paper->page = HPDF_AddPage(paper->pdf);
	(void)HPDF_Page_SetSize(
	    paper->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
	paper->y = height - top;
	paper->beside = height;
}

static void
make_room(struct paper *paper, float room)
{
	if (paper->y - room < margin)
		new_page(paper);
}

static void
set_line(
    struct paper *paper, const struct face *face, float x, const char *text)
{
	make_room(paper, face->lead);
	paper->y -= face->lead;
	(void)HPDF_Page_BeginText(paper->page);
	(void)HPDF_Page_SetFontAndSize(paper->page, face->font, face->size);
	(void)HPDF_Page_TextOut(paper->page, x, paper->y, text);
	(void)HPDF_Page_EndText(paper->page);
}

static bool
fits(struct paper *paper, const struct face *face, const char *text, float room)
{
	(void)HPDF_Page_SetFontAndSize(paper->page, face->font, face->size);
	return HPDF_Page_TextWidth(paper->page, text) <= room;
}

/* Words until the line is full; a word that is longer than a line stands on
 * one of its own. */
static void
set_paragraph(struct paper *paper, const struct face *face, float x, float room,
    const char *text, struct arena *arena)
{
	char **words = text_split(arena, text, " ", NULL);
	const char *line = NULL;

	for (; *words != NULL; words++) {
		const char *longer =
		    line == NULL ? *words
				 : arena_printf(arena, "%s %s", line, *words);
		bool narrow = paper->y > paper->beside;

		if (line != NULL && !fits(paper, face, longer,
					narrow ? room - qr_size - gap : room)) {
			set_line(paper, face, x, line);
			longer = *words;
		}
		line = longer;
	}
	if (line != NULL)
		set_line(paper, face, x, line);
}

/* --- the QR code --------------------------------------------------------- */

/* Dark modules that touch are one rectangle, or printers leave hair lines. */
static void
set_row(
    struct paper *paper, const struct qr *qr, int row, float left, float bottom)
{
	float size = qr_size / (float)qr->width;

	for (int from = 0, to; qr_run(qr, row, &from, &to); from = to)
		(void)HPDF_Page_Rectangle(paper->page,
		    left + (float)from * size, bottom,
		    (float)(to - from) * size, size);
}

static int
set_code(
    struct paper *paper, const char *link, struct arena *arena, struct err *err)
{
	float module, left = width - margin - qr_size, bottom;
	struct qr qr;

	if (!qr_make(arena, link, &qr))
		return err_set(
		    err, ERR_INTERNAL, "the link does not fit a QR code");
	make_room(paper, qr_size + paper->plain.lead);
	bottom = paper->y - qr_size;
	module = qr_size / (float)qr.width;
	for (int row = 0; row < qr.width; row++)
		set_row(paper, &qr, row, left,
		    bottom + (float)(qr.width - 1 - row) * module);
	(void)HPDF_Page_Fill(paper->page);
	paper->beside = bottom;
	return 0;
}

/* --- letters ------------------------------------------------------------- */

static int
set_marked(struct paper *paper, const char *line, const char *link,
    struct arena *arena, struct err *err)
{
	const float full = width - 2 * margin;
	const char *rest = line[0] == '\0' ? line : line + 1;

	switch (line[0]) {
	case '\0':
		paper->y -= paper->plain.lead * 0.6F;
		return 0;
	case '#':
		set_paragraph(
		    paper, &paper->heading, margin, full, rest, arena);
		return 0;
	case '>':
		set_paragraph(paper, &paper->plain, window_left,
		    width - margin - window_left, rest, arena);
		return 0;
	case '=':
		set_paragraph(paper, &paper->typed, margin + gap, full - gap,
		    rest, arena);
		return 0;
	default:
		break;
	}
	if (strcmp(line, "@qr") == 0)
		return set_code(paper, link, arena, err);
	set_paragraph(paper, &paper->plain, margin, full, line, arena);
	return 0;
}

int
paper_letter(
    struct paper *paper, const char *text, const char *link, struct err *err)
{
	struct arena arena = {0};
	/* Composed letters: the font has them drawn, not the marks alone. */
	const char *at = unicode_nfc(&arena, text);
	int rc = 0;

	if (at == NULL)
		rc = err_set(err, ERR_INTERNAL, "a letter is no text");
	else
		new_page(paper);
	while (rc == 0 && *at != '\0') {
		size_t len = strcspn(at, "\n");

		rc = set_marked(paper,
		    text_trim(&arena, arena_dup_n(&arena, at, len)), link,
		    &arena, err);
		at += len + (at[len] == '\n');
	}
	arena_reset(&arena);
	return rc == 0 ? check(paper, err) : -1;
}

int
paper_finish(
    struct paper *paper, const void **bytes, size_t *len, struct err *err)
{
	(void)HPDF_SaveToStream(paper->pdf);
	paper->len = HPDF_GetStreamSize(paper->pdf);
	paper->bytes = malloc(paper->len > 0 ? paper->len : 1);
	if (paper->bytes == NULL)
		err_no_memory();
	(void)HPDF_ResetStream(paper->pdf);
	(void)HPDF_ReadFromStream(paper->pdf, paper->bytes, &paper->len);
	*bytes = paper->bytes;
	*len = paper->len;
	return check(paper, err);
}
