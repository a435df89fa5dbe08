#include "lib/base/qr.h"

#include <qrencode.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"

enum { PATH_MAX_BYTES = 256 * 1024 };

bool
qr_make(struct arena *arena, const char *text, struct qr *qr)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	unsigned char *dark;

	if (code == NULL)
		return false;
	qr->width = code->width;
	dark = arena_alloc(arena, (size_t)(code->width * code->width));
	for (int i = 0; i < code->width * code->width; i++)
		dark[i] = code->data[i] & 1;
	qr->dark = dark;
	QRcode_free(code);
	return true;
}

bool
qr_run(const struct qr *qr, int row, int *from, int *to)
{
	const unsigned char *modules = qr->dark + row * qr->width;

	while (*from < qr->width && !modules[*from])
		++*from;
	for (*to = *from; *to < qr->width && modules[*to]; ++*to)
		;
	return *to > *from;
}

char *
qr_path(struct arena *arena, const struct qr *qr)
{
	struct buf out;
	char *path;

	buf_init(&out, PATH_MAX_BYTES);
	for (int row = 0; row < qr->width; row++)
		for (int from = 0, to; qr_run(qr, row, &from, &to); from = to)
			buf_addf(&out, "M%d %dh%dv1h-%dz", from, row, to - from,
			    to - from);
	path = arena_dup(arena, buf_text(&out));
	buf_free(&out);
	return path;
}
