/* The source of a template, or of a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "tests/unit/lib/base/mo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SENTENCE_MAX = 4096, PAGE_MAX = 64 * 1024 };

static struct values *
some_values(struct arena *arena)
{
	struct values *values = values_new(arena), *item;

	values_text(values, "a", "\x01");
	values_flag(values, "b", true);
	item = values_item(values, "c");
	values_text(item, "a", "<");
	values_item(item, "c");
	values_item(values, "c");
	return values;
}

static struct catalogue *
sentences(struct mo *mo, const char *sentence)
{
	const char *const pairs[][2] = {{"s", sentence}};
	struct embed_file file = {"lib/locale/fr.mo", mo->bytes, 0};
	struct embed_list list = {&file, 1};
	struct err err;

	mo_make(mo, false, pairs, 1);
	file.len = mo->len;
	return catalogue_open(&list, "fr", &err);
}

static void
render(const uint8_t *data, size_t size, const struct catalogue *catalogue,
    struct arena *arena)
{
	const struct catalogue *const all[] = {catalogue, NULL};
	const struct embed_file files[] = {
	    {"t/main", data, size},
	    {"t/part", (const unsigned char *)"{{a}}", 5},
	};
	const struct embed_list list = {files, 2};
	struct template_set *set;
	struct buf out;
	struct err err;

	set = template_load(&list, "t/", "", TEMPLATE_HTML, "", all, &err);
	if (set == NULL)
		return;
	buf_init(&out, PAGE_MAX);
	if (template_render(
		set, "main", catalogue, some_values(arena), &out, &err) < 0 &&
	    buf_ok(&out))
		abort();
	buf_free(&out);
	template_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mo mo;
	struct arena arena = {NULL};
	struct catalogue *catalogue;
	char *sentence;

	sentence = arena_dup_n(
	    &arena, data, size < SENTENCE_MAX ? size : SENTENCE_MAX);
	catalogue = sentences(&mo, sentence);
	if (catalogue != NULL) {
		render(data, size, catalogue, &arena);
		template_sentence(&arena, catalogue, "s", some_values(&arena));
	}
	catalogue_free(catalogue);
	arena_reset(&arena);
	return 0;
}
