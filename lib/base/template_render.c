#include "lib/base/template.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/template_internal.h"

enum { SENTENCE_MAX = 64 * 1024 };

struct render {
	enum template_kind kind;
	const struct catalogue *catalogue;
	struct buf *out;
};

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
write_text(const struct render *r, struct view text)
{
	size_t from = 0;

	for (size_t i = 0; r->kind == TEMPLATE_HTML && i < text.len; i++) {
		if (entity(text.ptr[i]) == NULL)
			continue;
		buf_add(r->out, text.ptr + from, i - from);
		buf_add_text(r->out, entity(text.ptr[i]));
		from = i + 1;
	}
	buf_add(r->out, text.ptr + from, text.len - from);
}

static void
write_field(
    const struct render *r, struct view name, const struct values *values)
{
	const char *text = values_get(values, name);

	if (text != NULL)
		write_text(r, (struct view){text, strlen(text)});
}

static void
write_sentence(
    const struct render *r, const char *key, const struct values *values)
{
	const char *sentence = catalogue_get(r->catalogue, key);
	struct view rest = {sentence, strlen(sentence)}, literal, field;
	bool bad = false;

	while (template_piece(&rest, &literal, &field, &bad)) {
		write_text(r, literal);
		if (field.len > 0)
			write_field(r, field, values);
	}
}

static void run(const struct render *r, const struct template *template,
    size_t from, size_t to, const struct values *values);

/* Step at is a section; its body runs as often as its value says. */
static void
run_section(const struct render *r, const struct template *template, size_t at,
    const struct values *values)
{
	const struct step *step = &template->steps[at];
	const struct values *item;
	bool once;

	item = values_open(values, step->name, &once);
	if (step->kind == STEP_INVERTED) {
		if (item == NULL && !once)
			run(r, template, at + 1, step->end, values);
		return;
	}
	if (once)
		run(r, template, at + 1, step->end, values);
	for (; item != NULL && buf_ok(r->out); item = values_next(item))
		run(r, template, at + 1, step->end, item);
}

static void
run(const struct render *r, const struct template *template, size_t from,
    size_t to, const struct values *values)
{
	const struct step *step;

	for (size_t i = from; i < to; i++) {
		step = &template->steps[i];
		switch (step->kind) {
		case STEP_LITERAL:
			buf_add(r->out, step->text.ptr, step->text.len);
			break;
		case STEP_FIELD:
			write_field(r,
			    (struct view){step->name, strlen(step->name)},
			    values);
			break;
		case STEP_SENTENCE:
			write_sentence(r, step->name, values);
			break;
		case STEP_INCLUDE:
			run(r, step->other, 0, step->other->count, values);
			break;
		case STEP_SECTION:
		case STEP_INVERTED:
			run_section(r, template, i, values);
			i = step->end - 1;
			break;
		}
	}
}

int
template_render(const struct template_set *set, const char *name,
    const struct catalogue *catalogue, const struct values *values,
    struct buf *out, struct err *err)
{
	const struct template *template = template_find(set, name);
	struct render r = {set->kind, catalogue, out};

	if (template == NULL)
		return err_set(
		    err, ERR_INTERNAL, "there is no template %s", name);
	run(&r, template, 0, template->count, values);
	if (!buf_ok(out))
		return err_set(err, ERR_INTERNAL,
		    "template %s: the page is too long", name);
	return 0;
}

char *
template_sentence(struct arena *arena, const struct catalogue *catalogue,
    const char *key, const struct values *values)
{
	struct render r = {.kind = TEMPLATE_TEXT, .catalogue = catalogue};
	struct buf out;
	char *text;

	buf_init(&out, SENTENCE_MAX);
	r.out = &out;
	write_sentence(&r, key, values);
	text = arena_dup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}
