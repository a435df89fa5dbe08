#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/embed.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "tests/unit/lib/base/mo.h"

enum { FILES = 4 };

static const char *const fr[][2] = {
    {"bad.section", "{{#flag}}x{{/flag}}"},
    {"bad.unclosed", "Bonjour {{name"},
    {"hello", "Bonjour {{name}} & l'été {{ name }}{{none}}"},
    {"plain", "Été"},
    {"title", "Titre <b>"},
};
static const char *const en[][2] = {
    {"bad.section", "x"},
    {"bad.unclosed", "x"},
    {"hello", "Hello {{name}}"},
    {"title", "Title"},
};

struct world {
	struct mo fr_mo, en_mo;
	struct embed_file files[FILES];
	struct embed_list list;
	struct catalogue *fr, *en;
	const struct catalogue *both[3];
	struct arena arena;
	struct buf out;
	struct err err;
	char folder[32]; /* of overrides, or empty */
};

static struct catalogue *
open_catalogue(const struct mo *mo, const char *language)
{
	char name[32];
	struct embed_file file = {name, mo->bytes, mo->len};
	struct embed_list list = {&file, 1};
	struct err err;
	struct catalogue *catalogue;

	snprintf(name, sizeof(name), "lib/locale/%s.mo", language);
	catalogue = catalogue_open(&list, language, &err);
	assert_non_null(catalogue);
	return catalogue;
}

static void
begin(struct world *w)
{
	*w = (struct world){.list = {w->files, 0}};
	mo_make(&w->fr_mo, false, fr, COUNT_OF(fr));
	mo_make(&w->en_mo, false, en, COUNT_OF(en));
	w->fr = open_catalogue(&w->fr_mo, "fr");
	w->en = open_catalogue(&w->en_mo, "en");
	w->both[0] = w->fr;
	w->both[1] = w->en;
	buf_init(&w->out, 4096);
}

static void
end(struct world *w)
{
	catalogue_free(w->fr);
	catalogue_free(w->en);
	buf_free(&w->out);
	arena_reset(&w->arena);
}

static void
add_file(struct world *w, const char *name, const char *source)
{
	assert_true(w->list.count < FILES);
	w->files[w->list.count++] = (struct embed_file){
	    name, (const unsigned char *)source, strlen(source)};
}

static struct template_set *
load(struct world *w, enum template_kind kind)
{
	return template_load(
	    &w->list, "t/", ".html", kind, w->folder, w->both, &w->err);
}

/* Flags, texts, numbers and a list of two with a list inside. */
static struct values *
some_values(struct world *w)
{
	struct values *values = values_new(&w->arena), *item;

	values_text(values, "name", "Éve & <b>\"O'Neil\"</b>");
	values_text(values, "empty", "");
	values_text(values, "null", NULL);
	values_number(values, "count", -12);
	values_number(values, "zero", 0);
	values_flag(values, "yes", true);
	values_flag(values, "no", false);
	values_text(values, "twice", "old");
	values_text(values, "twice", "new");
	item = values_item(values, "rows");
	values_text(item, "id", "1");
	values_text(item, "name", "inner");
	values_text(values_item(item, "parts"), "part", "a");
	values_text(values_item(item, "parts"), "part", "b");
	item = values_item(values, "rows");
	values_text(item, "id", "2");
	return values;
}

static void
test_render(void **state)
{
	static const struct {
		const char *source;
		const char *html;
		const char *text; /* NULL: the same */
	} cases[] = {
	    {"", "", NULL},
	    {"plain } text { {a}", "plain } text { {a}", NULL},
	    {"{{name}}", "Éve &amp; &lt;b&gt;&quot;O&#39;Neil&quot;&lt;/b&gt;",
		"Éve & <b>\"O'Neil\"</b>"},
	    {"<{{ count }}|{{zero}}|{{yes}}|{{rows}}|{{none}}>", "<-12|0|||>",
		NULL},
	    {"{{twice}}", "new", NULL},
	    {"{{t:title}}", "Titre &lt;b&gt;", "Titre <b>"},
	    {"{{#rows}}{{t:hello}};{{/rows}}",
		"Bonjour inner &amp; l&#39;été inner;"
		"Bonjour Éve &amp; &lt;b&gt;&quot;O&#39;Neil&quot;"
		"&lt;/b&gt; &amp; l&#39;été Éve &amp; &lt;b&gt;"
		"&quot;O&#39;Neil&quot;&lt;/b&gt;;",
		"Bonjour inner & l'été inner;"
		"Bonjour Éve & <b>\"O'Neil\"</b> & l'été "
		"Éve & <b>\"O'Neil\"</b>;"},
	    {"{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{#none}}3{{/none}}"
	     "{{#name}}4{{/name}}{{#empty}}5{{/empty}}{{#null}}6{{/null}}"
	     "{{#count}}7{{/count}}{{#zero}}8{{/zero}}",
		"147", NULL},
	    {"{{^yes}}1{{/yes}}{{^no}}2{{/no}}{{^none}}3{{/none}}"
	     "{{^name}}4{{/name}}{{^empty}}5{{/empty}}{{^null}}6{{/null}}"
	     "{{^count}}7{{/count}}{{^zero}}8{{/zero}}{{^rows}}9{{/rows}}",
		"23568", NULL},
	    {"{{#rows}}{{id}}({{#parts}}{{id}}{{part}}{{count}},"
	     "{{/parts}}{{^parts}}none{{/parts}}){{/rows}}",
		"1(1a-12,1b-12,)2(none)", NULL},
	    {"{{#yes}}{{#yes}}{{#no}}x{{/no}}y{{/yes}}z{{/yes}}", "yz", NULL},
	    /* lines that hold only a section tag */
	    {"a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n", NULL},
	    {"a\n  {{#no}}  \nb\n\t{{/no}}\r\nc", "a\nc", NULL},
	    {"{{#yes}}\nb\n{{/yes}}", "b\n", NULL},
	    {"a {{#yes}}\nb\n{{/yes}} c\n", "a \nb\n c\n", NULL},
	    {"{{count}}\n{{#yes}}{{zero}}\n{{/yes}}", "-12\n0\n", NULL},
	    {"a\n  {{>part}}\nb\n", "a\n[-12]\nb\n", NULL},
	    {"a {{>part}} b", "a [-12]\n b", NULL},
	    {"{{#rows}}{{>other}}{{/rows}}", "1[-12]\n2[-12]\n", NULL},
	};
	struct template_set *set;
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases) * 2; i++) {
		bool html = i % 2 == 0;

		print_message("case %zu\n", i / 2);
		begin(&w);
		add_file(&w, "t/main.html", cases[i / 2].source);
		add_file(&w, "t/other.html", "{{id}}{{>part}}");
		add_file(&w, "t/part.html", "[{{count}}]\n");
		set = load(&w, html ? TEMPLATE_HTML : TEMPLATE_TEXT);
		assert_non_null(set);
		assert_int_equal(template_render(set, "main", w.fr,
				     some_values(&w), &w.out, &w.err),
		    0);
		assert_string_equal(buf_text(&w.out),
		    html || cases[i / 2].text == NULL ? cases[i / 2].html
						      : cases[i / 2].text);
		template_free(set);
		end(&w);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *source;
		const char *sentence;
	} cases[] = {
	    {"a\n{{name", "t/main.html:2: this is no tag: {{name}}"},
	    {"{{}}", "t/main.html:1: this is no tag: {{}}}}"},
	    {"{{#}}x{{/}}", "t/main.html:1: this is no tag: {{#}}}}"},
	    {"\n\n{{a b}}", "t/main.html:3: this is no tag: {{a b}}"},
	    {"{{&name}}", "t/main.html:1: this is no tag: {{&name}}"},
	    {"{{{name}}}", "t/main.html:1: this is no tag: {{{name}}"},
	    {"a\n{{#yes}}\nb\n", "t/main.html:2: {{#yes}} is never closed"},
	    {"{{#a}}\n\n{{#b}}{{/a}}{{/b}}",
		"t/main.html:3: another section is open than the one "
		"closed by {{a}}"},
	    {"{{#a}}{{/a}}\n{{/a}}",
		"t/main.html:2: no section is open to be closed by "
		"{{a}}"},
	    {"{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}"
	     "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}",
		"t/main.html:1: too many sections inside each other: "
		"{{a}}"},
	    {"\n{{t:none}}",
		"in fr: t/main.html:2: none: the sentence is missing"},
	    {"{{t:plain}}",
		"in en: t/main.html:1: plain: the sentence is missing"},
	    {"{{t:bad.section}}",
		"in fr: t/main.html:1: bad.section: the sentence holds "
		"more than {{fields}}"},
	    {"{{t:bad.unclosed}}",
		"in fr: t/main.html:1: bad.unclosed: the sentence holds "
		"more than {{fields}}"},
	    {"\n{{>none}}", "t/main.html:2: none: there is no such template"},
	    {"{{>main}}", "t/main.html:1: main: the template includes itself"},
	    {"{{>other}}",
		"t/other.html:2: main: the template includes itself"},
	    {"\xE9t\xE9", "t/main.html: is not UTF-8 text"},
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("case %zu\n", i);
		begin(&w);
		add_file(&w, "t/main.html", cases[i].source);
		add_file(&w, "t/other.html", "\n{{>main}}");
		if (strstr(cases[i].sentence, "other") == NULL)
			w.list.count = 1;
		assert_null(load(&w, TEMPLATE_HTML));
		assert_string_equal(w.err.text, cases[i].sentence);
		assert_int_equal(w.err.kind, ERR_CONFIG);
		end(&w);
	}
	template_free(NULL);
}

/* Only what is below the prefix and has the suffix is a template. */
static void
test_which_files(void **state)
{
	struct template_set *set;
	struct values *values;
	struct world w;

	(void)state;
	begin(&w);
	add_file(&w, "s/main.html", "{{bad");
	add_file(&w, "t/.html", "{{bad");
	add_file(&w, "t/main.html", "good");
	add_file(&w, "t/main.txt", "{{bad");
	set = load(&w, TEMPLATE_HTML);
	assert_non_null(set);
	values = values_new(&w.arena);
	assert_int_equal(
	    template_render(set, "other", w.fr, values, &w.out, &w.err), -1);
	assert_int_equal(w.err.kind, ERR_INTERNAL);
	assert_string_equal(w.err.text, "there is no template other");
	buf_free(&w.out);
	buf_init(&w.out, 3);
	assert_int_equal(
	    template_render(set, "main", w.fr, values, &w.out, &w.err), -1);
	assert_int_equal(w.err.kind, ERR_INTERNAL);
	template_free(set);
	end(&w);
}

/* Only the languages it was loaded in. */
static void
test_which_languages(void **state)
{
	const struct catalogue *one[2] = {NULL};
	struct template_set *set;
	struct world w;

	(void)state;
	begin(&w);
	add_file(&w, "t/main.html", "{{t:title}}");
	one[0] = w.fr;
	set = template_load(
	    &w.list, "t/", ".html", TEMPLATE_HTML, "", one, &w.err);
	assert_non_null(set);
	one[0] = NULL; /* the list itself is the caller's */
	assert_int_equal(template_render(set, "main", w.en,
			     values_new(&w.arena), &w.out, &w.err),
	    -1);
	assert_int_equal(w.err.kind, ERR_INTERNAL);
	assert_int_equal(template_render(set, "main", w.fr,
			     values_new(&w.arena), &w.out, &w.err),
	    0);
	assert_string_equal(buf_text(&w.out), "Titre &lt;b&gt;");
	template_free(set);
	end(&w);
}

/* Small files that include each other often are a long page, or no page but
 * for ever in the making. */
static void
test_too_long(void **state)
{
	static const struct {
		int times, len; /* of main's includes, of the innermost */
	} cases[] = {{4000, 0}, {40, 1024}};
	struct buf main_source, eight, inner;
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&w);
		buf_init(&main_source, TEMPLATE_MAX);
		buf_init(&eight, TEMPLATE_MAX);
		buf_init(&inner, TEMPLATE_MAX);
		for (int n = 0; n < cases[i].times; n++)
			buf_add_text(&main_source, "{{>a}}");
		for (int n = 0; n < 8; n++)
			buf_add_text(&eight, "{{>b}}");
		for (int n = 0; n < 8 * cases[i].len; n++)
			buf_add_char(&inner, 'x');
		add_file(&w, "t/main.html", buf_text(&main_source));
		add_file(&w, "t/a.html", buf_text(&eight));
		add_file(&w, "t/b.html", "{{>c}}{{>c}}{{>c}}{{>c}}{{>c}}");
		add_file(&w, "t/c.html", buf_text(&inner));
		assert_null(load(&w, TEMPLATE_HTML));
		assert_int_equal(w.err.kind, ERR_CONFIG);
		assert_string_equal(w.err.text,
		    "t/main.html: too long with all that it includes");
		buf_free(&inner);
		buf_free(&eight);
		buf_free(&main_source);
		end(&w);
	}
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
}

static void
test_override(void **state)
{
	struct template_set *set;
	struct world w;
	char path[64];

	(void)state;
	begin(&w);
	add_file(&w, "t/main.html", "{{>part}} built in");
	add_file(&w, "t/part.html", "part");
	snprintf(w.folder, sizeof(w.folder), "/tmp/test_template.XXXXXX");
	assert_non_null(mkdtemp(w.folder));
	snprintf(path, sizeof(path), "%s/part.html", w.folder);
	write_file(path, "mine {{t:title}}");
	set = load(&w, TEMPLATE_TEXT);
	assert_non_null(set);
	assert_int_equal(template_render(set, "main", w.en,
			     values_new(&w.arena), &w.out, &w.err),
	    0);
	assert_string_equal(buf_text(&w.out), "mine Title built in");
	template_free(set);

	write_file(path, "\n{{mine");
	assert_null(load(&w, TEMPLATE_TEXT));
	assert_non_null(strstr(w.err.text, "/part.html:2: this is no tag"));
	unlink(path);
	rmdir(w.folder);
	assert_null(load(&w, TEMPLATE_TEXT));
	assert_int_equal(w.err.kind, ERR_CONFIG);
	end(&w);
}

static void
test_sentence(void **state)
{
	struct values *values;
	struct world w;

	(void)state;
	begin(&w);
	values = values_new(&w.arena);
	values_text(values, "name", "<Éve>");
	assert_string_equal(template_sentence(&w.arena, w.fr, "hello", values),
	    "Bonjour <Éve> & l'été <Éve>");
	assert_string_equal(
	    template_sentence(&w.arena, w.en, "hello", values), "Hello <Éve>");
	assert_string_equal(
	    template_sentence(&w.arena, w.en, "none", values), "none");
	assert_string_equal(
	    template_sentence(&w.arena, w.fr, "bad.section", values),
	    "{{#flag}}x{{/flag}}");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_render),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_which_files),
	    cmocka_unit_test(test_which_languages),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_override),
	    cmocka_unit_test(test_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
