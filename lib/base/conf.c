#include "lib/base/conf.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/conf_internal.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

/* Where a section and its keys were met first; 0 = not yet. */
struct place {
	unsigned line;
	unsigned *keys;
};

struct reading {
	const char *file;
	const struct conf_section *sections;
	struct place *places; /* one for each section */
	struct arena *arena;
	struct buf *report;
	const struct conf_section *section; /* NULL: none yet, or unknown */
	bool begun;                         /* a section line was met */
	unsigned line;
	unsigned errors;
};

static size_t
count_defs(const struct conf_def *defs)
{
	size_t count = 0;

	while (defs[count].key != NULL)
		count++;
	return count;
}

static size_t
count_sections(const struct conf_section *sections)
{
	size_t count = 0;

	while (sections[count].name != NULL)
		count++;
	return count;
}

static void
complain(struct reading *in, const char *sentence)
{
	buf_addf(in->report, "%s:%u: %s\n", in->file, in->line, sentence);
	in->errors++;
}

static void
complain_key(struct reading *in, const char *section, const char *key,
    const char *sentence)
{
	complain(
	    in, arena_printf(in->arena, "[%s] %s: %s", section, key, sentence));
}

static void
start(struct reading *in)
{
	const struct conf_section *section;

	in->places = arena_array(
	    in->arena, count_sections(in->sections), sizeof(*in->places));
	for (size_t i = 0; in->sections[i].name != NULL; i++) {
		section = &in->sections[i];
		in->places[i].keys = arena_array(
		    in->arena, count_defs(section->defs), sizeof(unsigned));
		for (size_t k = 0; section->defs[k].key != NULL; k++)
			conf_value_default(
			    &section->defs[k], section->values, in->arena);
	}
}

static const char *
nearest_section(const struct conf_section *sections, const char *name)
{
	size_t best = SIZE_MAX, distance;
	const char *nearest = "";

	for (size_t i = 0; sections[i].name != NULL; i++) {
		distance = text_distance(name, sections[i].name);
		if (distance < best) {
			best = distance;
			nearest = sections[i].name;
		}
	}
	return nearest;
}

static const char *
nearest_key(const struct conf_def *defs, const char *name)
{
	size_t best = SIZE_MAX, distance;
	const char *nearest = "";

	for (size_t i = 0; defs[i].key != NULL; i++) {
		distance = text_distance(name, defs[i].key);
		if (distance < best) {
			best = distance;
			nearest = defs[i].key;
		}
	}
	return nearest;
}

static void
take_section(struct reading *in, struct view view)
{
	const char *name = arena_dup_n(in->arena, view.ptr, view.len);
	struct place *place;
	size_t i = 0;

	in->begun = true;
	in->section = NULL;
	while (in->sections[i].name != NULL &&
	       strcmp(in->sections[i].name, name) != 0)
		i++;
	if (in->sections[i].name == NULL) {
		complain(
		    in, arena_printf(in->arena,
			    "there is no section [%s]; the nearest is [%s]",
			    name, nearest_section(in->sections, name)));
		return;
	}
	in->section = &in->sections[i];
	place = &in->places[i];
	if (place->line != 0)
		complain(in, arena_printf(in->arena,
				 "[%s] stands a second time, first in line %u",
				 name, place->line));
	else
		place->line = in->line;
}

static void
take_value(struct reading *in, const struct conf_def *def, unsigned *first,
    struct view value)
{
	const char *sentence;

	if (*first != 0) {
		sentence = arena_printf(in->arena,
		    "stands a second time, first in line %u", *first);
	} else {
		*first = in->line;
		sentence = conf_value_read(def,
		    arena_dup_n(in->arena, value.ptr, value.len),
		    in->section->values, in->arena);
	}
	if (sentence != NULL)
		complain_key(in, in->section->name, def->key, sentence);
}

static void
take_pair(struct reading *in, struct view name, struct view value)
{
	const struct conf_section *section = in->section;
	size_t i = 0;

	if (section == NULL) {
		/* An unknown section was told already. */
		if (!in->begun)
			complain(in, "a key before the first [section]");
		return;
	}
	while (section->defs[i].key != NULL &&
	       !conf_line_is(name, section->defs[i].key))
		i++;
	if (section->defs[i].key != NULL) {
		take_value(in, &section->defs[i],
		    &in->places[section - in->sections].keys[i], value);
		return;
	}
	complain(
	    in, arena_printf(in->arena,
		    "[%s] has no key %.*s; the nearest is %s", section->name,
		    (int)name.len, name.ptr, /* at most CONF_NAME_MAX */
		    nearest_key(section->defs,
			arena_dup_n(in->arena, name.ptr, name.len))));
}

static void
take_line(struct reading *in, const struct conf_line *line)
{
	switch (line->kind) {
	case CONF_LINE_BLANK:
		break;
	case CONF_LINE_SECTION:
		take_section(in, line->name);
		break;
	case CONF_LINE_PAIR:
		take_pair(in, line->name, line->value);
		break;
	case CONF_LINE_LOST:
		in->begun = true;
		in->section = NULL;
		complain(in, line->sentence);
		break;
	case CONF_LINE_WRONG:
		complain(in, line->sentence);
		break;
	}
}

static void
demand_required(struct reading *in)
{
	const struct conf_section *section;

	in->line = 0;
	for (size_t i = 0; in->sections[i].name != NULL; i++) {
		section = &in->sections[i];
		for (size_t k = 0; section->defs[k].key != NULL; k++) {
			if (section->defs[k].fallback == NULL &&
			    in->places[i].keys[k] == 0)
				complain_key(in, section->name,
				    section->defs[k].key,
				    "is required and not set");
		}
	}
}

int
conf_parse(const char *name, const char *bytes, size_t len,
    const struct conf_section *sections, struct arena *arena,
    struct buf *report, struct err *err)
{
	struct view rest = conf_line_all(bytes, len);
	struct reading in = {
	    .file = name,
	    .sections = sections,
	    .arena = arena,
	    .report = report,
	};
	struct conf_line line;

	start(&in);
	while (conf_line_next(&rest, &line)) {
		in.line++;
		take_line(&in, &line);
	}
	demand_required(&in);
	if (in.errors > 0)
		return err_set(err, ERR_CONFIG, "%s has %u error%s", name,
		    in.errors, in.errors > 1 ? "s" : "");
	return 0;
}

int
conf_read(const char *path, const struct conf_section *sections,
    struct arena *arena, struct buf *report, struct err *err)
{
	char *bytes;
	size_t len;

	if (file_read(arena, path, CONF_FILE_MAX, &bytes, &len, err) < 0) {
		err->kind = ERR_CONFIG;
		return -1;
	}
	return conf_parse(path, bytes, len, sections, arena, report, err);
}
