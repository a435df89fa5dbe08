#include "lib/base/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/template_internal.h"
#include "lib/base/text.h"

static bool
is_wanted(const struct embed_file *file, const char *prefix, const char *suffix)
{
	return text_has_prefix(file->name, prefix) &&
	       text_has_suffix(file->name, suffix) &&
	       strlen(file->name) > strlen(prefix) + strlen(suffix);
}

/* The file of the override folder when there is one, else the embedded. */
static int
read_source(struct template_set *set, struct template *template,
    const struct embed_file *file, const char *folder, struct view *source,
    struct err *err)
{
	const char *slash = strrchr(file->name, '/'), *path;
	char *bytes;

	*source = (struct view){(const char *)file->bytes, file->len};
	template->file = file->name;
	if (folder == NULL || *folder == '\0')
		return 0;
	path = arena_printf(&set->arena, "%s/%s", folder,
	    slash != NULL ? slash + 1 : file->name);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (file_read(&set->arena, path, TEMPLATE_MAX, &bytes, &source->len,
		err) < 0) {
		err->kind = ERR_CONFIG;
		return -1;
	}
	template->file = path;
	source->ptr = bytes;
	return 0;
}

static int
compile(struct template_set *set, struct template *template,
    const struct embed_file *file, const char *folder, struct err *err)
{
	struct view source;

	if (read_source(set, template, file, folder, &source, err) < 0)
		return -1;
	if (!text_is_utf8(source.ptr, source.len))
		return err_set(
		    err, ERR_CONFIG, "%s: is not UTF-8 text", template->file);
	return template_parse(template, source, &set->arena, err);
}

static int
compile_all(struct template_set *set, const struct embed_list *files,
    const char *prefix, const char *suffix, const char *folder, struct err *err)
{
	struct template *template;
	const struct embed_file *file;

	set->list = arena_array(&set->arena, files->count, sizeof(*set->list));
	for (size_t i = 0; i < files->count; i++) {
		file = &files->files[i];
		if (!is_wanted(file, prefix, suffix))
			continue;
		template = &set->list[set->count++];
		template->name =
		    arena_dup_n(&set->arena, file->name + strlen(prefix),
			strlen(file->name) - strlen(prefix) - strlen(suffix));
		if (compile(set, template, file, folder, err) < 0)
			return -1;
	}
	return 0;
}

struct template *
template_find(const struct template_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->list[i].name, name) == 0)
			return &set->list[i];
	}
	return NULL;
}

static int
fail(const struct template *template, const struct step *step,
    const char *sentence, struct err *err)
{
	return err_set(err, ERR_CONFIG, "%s:%zu: %s: %s", template->file,
	    step->line, step->name, sentence);
}

static bool
is_in_order(const char *sentence)
{
	struct view rest = {sentence, strlen(sentence)}, literal, field;
	bool bad = false;

	while (template_piece(&rest, &literal, &field, &bad))
		continue;
	return !bad;
}

static int
check_sentence(const struct template *template, const struct step *step,
    const struct catalogue *const *catalogues, struct err *err)
{
	for (; *catalogues != NULL; catalogues++) {
		if (!catalogue_has(*catalogues, step->name)) {
			fail(template, step, "the sentence is missing", err);
		} else if (!is_in_order(
			       catalogue_get(*catalogues, step->name))) {
			fail(template, step,
			    "the sentence holds more than {{fields}}", err);
		} else {
			continue;
		}
		return err_in(err, "in %s", catalogue_language(*catalogues));
	}
	return 0;
}

/* Depth first: what is met while still open includes itself. */
static int
link_up(struct template_set *set, struct template *template,
    const struct catalogue *const *catalogues, struct err *err)
{
	struct template *other;
	struct step *step;

	template->walk = TEMPLATE_OPEN;
	for (size_t i = 0; i < template->count; i++) {
		step = &template->steps[i];
		if (step->kind == STEP_SENTENCE &&
		    check_sentence(template, step, catalogues, err) < 0)
			return -1;
		if (step->kind != STEP_INCLUDE)
			continue;
		other = template_find(set, step->name);
		if (other == NULL)
			return fail(
			    template, step, "there is no such template", err);
		if (other->walk == TEMPLATE_OPEN)
			return fail(template, step,
			    "the template includes itself", err);
		if (other->walk == TEMPLATE_UNSEEN &&
		    link_up(set, other, catalogues, err) < 0)
			return -1;
		step->other = other;
	}
	template->walk = TEMPLATE_DONE;
	return 0;
}

static int
link_all(struct template_set *set, const struct catalogue *const *catalogues,
    struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->list[i].walk == TEMPLATE_UNSEEN &&
		    link_up(set, &set->list[i], catalogues, err) < 0)
			return -1;
	}
	return 0;
}

static const struct catalogue *const *
keep_list(struct arena *arena, const struct catalogue *const *catalogues)
{
	const struct catalogue **list;
	size_t count = 0;

	while (catalogues[count] != NULL)
		count++;
	list = arena_array(arena, count + 1, sizeof(*list));
	memcpy(list, catalogues, count * sizeof(*list));
	return list;
}

struct template_set *
template_load(const struct embed_list *files, const char *prefix,
    const char *suffix, enum template_kind kind, const char *override_dir,
    const struct catalogue *const *catalogues, struct err *err)
{
	struct template_set *set;

	if (override_dir != NULL && *override_dir != '\0' &&
	    access(override_dir, R_OK | X_OK) != 0) {
		err_set(err, ERR_CONFIG, "cannot open the folder %s: %s",
		    override_dir, strerror(errno));
		return NULL;
	}
	set = calloc(1, sizeof(*set));
	if (set == NULL)
		err_no_memory();
	set->kind = kind;
	set->catalogues = keep_list(&set->arena, catalogues);
	if (compile_all(set, files, prefix, suffix, override_dir, err) < 0 ||
	    link_all(set, catalogues, err) < 0 ||
	    template_make_plates(set, err) < 0) {
		template_free(set);
		return NULL;
	}
	return set;
}

void
template_free(struct template_set *set)
{
	if (set == NULL)
		return;
	arena_reset(&set->arena);
	free(set);
}
