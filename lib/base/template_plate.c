#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/template_internal.h"

/* A plate in the making. */
struct press {
	struct template_set *set;
	const struct catalogue *catalogue;
	struct buf literal; /* what is not yet a step */
	struct buf steps;   /* of plate_step */
	size_t walked;
	size_t len;
};

static size_t
count_of(const struct press *press)
{
	return press->steps.len / sizeof(struct plate_step);
}

static void
add(struct press *press, const struct plate_step *step)
{
	buf_add(&press->steps, step, sizeof(*step));
}

static void
end_literal(struct press *press)
{
	struct plate_step step = {.kind = STEP_LITERAL};

	/* A full one stays: is_too_much() looks at it. */
	if (press->literal.len == 0 || !buf_ok(&press->literal))
		return;
	step.text.len = press->literal.len;
	step.text.ptr = arena_dup_n(
	    &press->set->arena, buf_text(&press->literal), step.text.len);
	press->len += step.text.len;
	add(press, &step);
	buf_clear(&press->literal);
}

static void
add_named(struct press *press, enum step_kind kind, struct view name)
{
	struct plate_step step = {.kind = kind};

	end_literal(press);
	step.label = label_of(name);
	add(press, &step);
}

static struct view
name_of(const struct step *step)
{
	return (struct view){step->name, strlen(step->name)};
}

static void
add_sentence(struct press *press, const char *key)
{
	const char *sentence = catalogue_get(press->catalogue, key);
	struct view rest = {sentence, strlen(sentence)}, literal, field;
	bool bad = false;

	while (template_piece(&rest, &literal, &field, &bad)) {
		template_escape(press->set->kind, literal, &press->literal);
		if (field.len > 0)
			add_named(press, STEP_FIELD, field);
	}
}

static bool
is_too_much(const struct press *press)
{
	return press->walked > PLATE_WALK_MAX || !buf_ok(&press->steps) ||
	       !buf_ok(&press->literal);
}

static void walk(struct press *press, const struct template *template,
    size_t from, size_t to);

static void
add_section(struct press *press, const struct template *template, size_t at)
{
	const struct step *step = &template->steps[at];
	size_t place;

	end_literal(press);
	place = press->steps.len;
	add_named(press, step->kind, name_of(step));
	walk(press, template, at + 1, step->end);
	end_literal(press);
	if (buf_ok(&press->steps)) {
		struct plate_step section;

		memcpy(&section, press->steps.bytes + place, sizeof(section));
		section.end = count_of(press);
		memcpy(press->steps.bytes + place, &section, sizeof(section));
	}
}

static void
walk(struct press *press, const struct template *template, size_t from,
    size_t to)
{
	for (size_t i = from; i < to && !is_too_much(press); i++) {
		const struct step *step = &template->steps[i];

		press->walked++;
		switch (step->kind) {
		case STEP_LITERAL:
			buf_add(
			    &press->literal, step->text.ptr, step->text.len);
			break;
		case STEP_FIELD:
			add_named(press, STEP_FIELD, name_of(step));
			break;
		case STEP_SENTENCE:
			add_sentence(press, step->name);
			break;
		case STEP_INCLUDE:
			walk(press, step->other, 0, step->other->count);
			break;
		case STEP_SECTION:
		case STEP_INVERTED:
			add_section(press, template, i);
			i = step->end - 1;
			break;
		}
	}
}

static struct plate_step *
keep_steps(struct press *press)
{
	struct plate_step *steps =
	    arena_array(&press->set->arena, count_of(press), sizeof(*steps));

	if (press->steps.len > 0)
		memcpy(steps, press->steps.bytes, press->steps.len);
	return steps;
}

static int
make(struct template_set *set, const struct template *template,
    const struct catalogue *catalogue, struct plate *plate, struct err *err)
{
	struct press press = {.set = set, .catalogue = catalogue};
	bool good;

	buf_init(&press.literal, PLATE_MAX);
	buf_init(&press.steps, PLATE_MAX);
	walk(&press, template, 0, template->count);
	end_literal(&press);
	good = !is_too_much(&press);
	if (good) {
		plate->count = count_of(&press);
		plate->len = press.len;
		plate->steps = keep_steps(&press);
	}
	buf_free(&press.steps);
	buf_free(&press.literal);
	if (!good)
		return err_set(err, ERR_CONFIG,
		    "%s: too long with all that it includes", template->file);
	return 0;
}

int
template_make_plates(struct template_set *set, struct err *err)
{
	size_t languages = 0;

	while (set->catalogues[languages] != NULL)
		languages++;
	for (size_t i = 0; i < set->count; i++) {
		struct template *template = &set->list[i];

		template->plates = arena_array(
		    &set->arena, languages, sizeof(*template->plates));
		for (size_t n = 0; n < languages; n++)
			if (make(set, template, set->catalogues[n],
				&template->plates[n], err) != 0)
				return -1;
	}
	return 0;
}

const struct plate *
template_plate(const struct template_set *set, const struct template *template,
    const struct catalogue *catalogue)
{
	for (size_t i = 0; set->catalogues[i] != NULL; i++)
		if (set->catalogues[i] == catalogue)
			return &template->plates[i];
	return NULL;
}
