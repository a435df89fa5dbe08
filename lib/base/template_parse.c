#include "lib/base/template_internal.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

/* A tag as it stands in the source. */
struct tag {
	struct view whole; /* with its braces */
	struct view name;  /* without sigil and white space */
	char sigil;        /* one of # ^ / > t, or 0 for a field */
};

struct parse {
	struct template *template;
	struct view source;
	size_t at;   /* what is not yet a step */
	size_t line; /* of at, from 1 */
	size_t open[TEMPLATE_NESTING_MAX];
	size_t depth;
	struct arena *arena;
	struct err *err;
};

static int
fail(const struct parse *p, const char *sentence, struct view what)
{
	return err_set(p->err, ERR_CONFIG, "%s:%zu: %s {{%.*s}}",
	    p->template->file, p->line, sentence,
	    (int)(what.len < 60 ? what.len : 60), what.ptr);
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_name(struct view text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\0' || strchr(letters, text.ptr[i]) == NULL)
			return false;
	}
	return text.len > 0;
}

static struct view
trim(struct view text)
{
	while (text.len > 0 && is_white(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && is_white(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static struct view
rest_from(struct view text, size_t from)
{
	return (struct view){text.ptr + from, text.len - from};
}

/* The first {{…}} of text; false when there is none. An opening that is never
 * closed is a tag without a name that reaches to the end. */
static bool
find_tag(struct view text, struct tag *tag)
{
	const char *start = memmem(text.ptr, text.len, "{{", 2), *end;
	struct view inside;

	if (start == NULL)
		return false;
	inside = rest_from(text, (size_t)(start - text.ptr) + 2);
	end = memmem(inside.ptr, inside.len, "}}", 2);
	*tag = (struct tag){.whole = {start, inside.len + 2}};
	if (end == NULL)
		return true;
	inside.len = (size_t)(end - inside.ptr);
	tag->whole.len = inside.len + 4;
	inside = trim(inside);
	if (inside.len > 0 && strchr("#^/>", inside.ptr[0]) != NULL) {
		tag->sigil = inside.ptr[0];
		inside = trim(rest_from(inside, 1));
	} else if (inside.len > 1 && memcmp(inside.ptr, "t:", 2) == 0) {
		tag->sigil = 't';
		inside = trim(rest_from(inside, 2));
	}
	tag->name = inside;
	return true;
}

static size_t
count_tags(struct view text)
{
	size_t count = 0;
	struct tag tag;

	while (find_tag(text, &tag)) {
		count++;
		text = rest_from(
		    text, (size_t)(tag.whole.ptr - text.ptr) + tag.whole.len);
	}
	return count;
}

static struct step *
add_step(struct parse *p, enum step_kind kind, struct view name)
{
	struct step *step = &p->template->steps[p->template->count++];

	step->kind = kind;
	step->line = p->line;
	step->name = arena_dup_n(p->arena, name.ptr, name.len);
	return step;
}

/* Makes everything before offset end a literal, less its last drop bytes. */
static void
take_literal(struct parse *p, size_t end, size_t drop)
{
	struct view text = {p->source.ptr + p->at, end - p->at - drop};

	if (text.len > 0)
		add_step(p, STEP_LITERAL, (struct view){"", 0})->text = text;
}

static void
advance(struct parse *p, size_t to)
{
	for (; p->at < to; p->at++)
		p->line += p->source.ptr[p->at] == '\n';
}

/*
 * True when the tag from start to end has its line to itself; then *before is
 * the white space in front of it and *after what follows, line end included.
 */
static bool
stands_alone(
    struct view source, size_t start, size_t end, size_t *before, size_t *after)
{
	size_t left = start, right = end;

	while (left > 0 &&
	       (source.ptr[left - 1] == ' ' || source.ptr[left - 1] == '\t'))
		left--;
	if (left > 0 && source.ptr[left - 1] != '\n')
		return false;
	while (right < source.len && source.ptr[right] != '\n' &&
	       is_white(source.ptr[right]))
		right++;
	if (right < source.len && source.ptr[right] != '\n')
		return false;
	*before = start - left;
	*after = right - end + (right < source.len);
	return true;
}

static int
open_section(struct parse *p, enum step_kind kind, struct view name)
{
	if (p->depth == TEMPLATE_NESTING_MAX)
		return fail(p, "too many sections inside each other:", name);
	p->open[p->depth++] = p->template->count;
	add_step(p, kind, name);
	return 0;
}

static int
close_section(struct parse *p, struct view name)
{
	struct step *step;

	if (p->depth == 0)
		return fail(p, "no section is open to be closed by", name);
	step = &p->template->steps[p->open[p->depth - 1]];
	if (strlen(step->name) != name.len ||
	    memcmp(step->name, name.ptr, name.len) != 0)
		return fail(p,
		    "another section is open than the one closed "
		    "by",
		    name);
	step->end = p->template->count;
	p->depth--;
	return 0;
}

static int
take_tag(struct parse *p, const struct tag *tag)
{
	if (!is_name(tag->name))
		return fail(p, "this is no tag:",
		    tag->name.len > 0 ? tag->name : rest_from(tag->whole, 2));
	switch (tag->sigil) {
	case '#':
		return open_section(p, STEP_SECTION, tag->name);
	case '^':
		return open_section(p, STEP_INVERTED, tag->name);
	case '/':
		return close_section(p, tag->name);
	case '>':
		add_step(p, STEP_INCLUDE, tag->name);
		return 0;
	case 't':
		add_step(p, STEP_SENTENCE, tag->name);
		return 0;
	default:
		add_step(p, STEP_FIELD, tag->name);
		return 0;
	}
}

int
template_parse(struct template *template, struct view source,
    struct arena *arena, struct err *err)
{
	struct parse p = {
	    .template = template,
	    .source = source,
	    .line = 1,
	    .arena = arena,
	    .err = err,
	};
	size_t start, end, before, after;
	struct tag tag;

	template->steps = arena_array(
	    arena, count_tags(source) * 2 + 1, sizeof(*template->steps));
	while (find_tag(rest_from(source, p.at), &tag)) {
		start = (size_t)(tag.whole.ptr - source.ptr);
		end = start + tag.whole.len;
		before = after = 0;
		if (tag.sigil != '\0' && tag.sigil != 't')
			stands_alone(source, start, end, &before, &after);
		take_literal(&p, start, before);
		advance(&p, start);
		if (take_tag(&p, &tag) < 0)
			return -1;
		advance(&p, end + after);
	}
	take_literal(&p, source.len, 0);
	if (p.depth > 0)
		return err_set(err, ERR_CONFIG,
		    "%s:%zu: {{#%s}} is never "
		    "closed",
		    template->file, template->steps[p.open[p.depth - 1]].line,
		    template->steps[p.open[p.depth - 1]].name);
	return 0;
}

bool
template_piece(
    struct view *rest, struct view *literal, struct view *field, bool *bad)
{
	struct tag tag;
	size_t before;

	*literal = *rest;
	field->len = 0;
	if (rest->len == 0)
		return false;
	if (!find_tag(*rest, &tag)) {
		rest->len = 0;
		return true;
	}
	before = (size_t)(tag.whole.ptr - rest->ptr);
	literal->len = before;
	if (tag.sigil == '\0' && is_name(tag.name)) {
		*field = tag.name;
	} else {
		*bad = true;
		literal->len += tag.whole.len;
	}
	*rest = rest_from(*rest, before + tag.whole.len);
	return true;
}
