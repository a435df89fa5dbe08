#include "lib/base/template.h"

#include <limits.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/template_internal.h"

enum {
	SENTENCE_MAX = 64 * 1024,
	FIELDS_USUAL = 1024, /* bytes of all fields of a page */
};

struct render {
	enum template_kind kind;
	struct buf *out;
};

/* Looked up for each byte of each field. */
static const char *const entities[UCHAR_MAX + 1] = {
    ['&'] = "&amp;",
    ['<'] = "&lt;",
    ['>'] = "&gt;",
    ['"'] = "&quot;",
    ['\''] = "&#39;",
};

void
template_escape(enum template_kind kind, struct view text, struct buf *out)
{
	size_t from = 0;

	for (size_t i = 0; kind == TEMPLATE_HTML && i < text.len; i++) {
		const char *escaped = entities[(unsigned char)text.ptr[i]];

		if (escaped == NULL)
			continue;
		buf_add(out, text.ptr + from, i - from);
		buf_add_text(out, escaped);
		from = i + 1;
	}
	buf_add(out, text.ptr + from, text.len - from);
}

static void
write_field(const struct render *r, const struct label *label,
    const struct values *values)
{
	const char *text = values_get(values, label);

	if (text != NULL)
		template_escape(
		    r->kind, (struct view){text, strlen(text)}, r->out);
}

static void run(const struct render *r, const struct plate *plate, size_t from,
    size_t to, const struct values *values);

/* Step at is a section; its body runs as often as its value says. */
static void
run_section(const struct render *r, const struct plate *plate, size_t at,
    const struct values *values)
{
	const struct plate_step *step = &plate->steps[at];
	const struct values *item;
	bool once;

	item = values_open(values, &step->label, &once);
	if (step->kind == STEP_INVERTED) {
		if (item == NULL && !once)
			run(r, plate, at + 1, step->end, values);
		return;
	}
	if (once)
		run(r, plate, at + 1, step->end, values);
	for (; item != NULL && buf_ok(r->out); item = values_next(item))
		run(r, plate, at + 1, step->end, item);
}

static void
run(const struct render *r, const struct plate *plate, size_t from, size_t to,
    const struct values *values)
{
	for (size_t i = from; i < to; i++) {
		const struct plate_step *step = &plate->steps[i];

		switch (step->kind) {
		case STEP_LITERAL:
			buf_add(r->out, step->text.ptr, step->text.len);
			break;
		case STEP_FIELD:
			write_field(r, &step->label, values);
			break;
		case STEP_SECTION:
		case STEP_INVERTED:
			run_section(r, plate, i, values);
			i = step->end - 1;
			break;
		case STEP_SENTENCE:
		case STEP_INCLUDE:
			break; /* no plate has them */
		}
	}
}

int
template_render(const struct template_set *set, const char *name,
    const struct catalogue *catalogue, const struct values *values,
    struct buf *out, struct err *err)
{
	const struct template *template = template_find(set, name);
	struct render r = {set->kind, out};
	const struct plate *plate;

	if (template == NULL)
		return err_set(
		    err, ERR_INTERNAL, "there is no template %s", name);
	plate = template_plate(set, template, catalogue);
	if (plate == NULL)
		return err_set(err, ERR_INTERNAL,
		    "template %s was not loaded in %s", name,
		    catalogue_language(catalogue));
	buf_reserve(out, plate->len + FIELDS_USUAL);
	run(&r, plate, 0, plate->count, values);
	if (!buf_ok(out))
		return err_set(err, ERR_INTERNAL,
		    "template %s: the page is too long", name);
	return 0;
}

char *
template_sentence(struct arena *arena, const struct catalogue *catalogue,
    const char *key, const struct values *values)
{
	const char *sentence = catalogue_get(catalogue, key);
	struct view rest = {sentence, strlen(sentence)}, literal, field;
	struct render r = {.kind = TEMPLATE_TEXT};
	bool bad = false;
	struct buf out;
	char *text;

	buf_init(&out, SENTENCE_MAX);
	r.out = &out;
	while (template_piece(&rest, &literal, &field, &bad)) {
		struct label label = label_of(field);

		template_escape(r.kind, literal, &out);
		if (field.len > 0)
			write_field(&r, &label, values);
	}
	text = arena_dup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}
