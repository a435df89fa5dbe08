#include "lib/flow/handout.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/file.h"
#include "lib/base/template.h"
#include "lib/flow/establishments.h"
#include "lib/flow/handout_internal.h"
#include "lib/flow/letter.h"
#include "lib/people/people_conf.h"
#include "mailer/paper.h"

enum { LETTER_MAX = 64 * 1024 };

struct writer {
	const struct handout *handout;
	struct establishments *places; /* NULL: no list is configured */
	struct handout_counts *counts;
	int64_t end_ms;
};

/* The operator's list says what the school is called. */
static const char *
place_name(struct writer *writer, const char *uai, struct arena *arena)
{
	struct establishments_found found = {0};

	if (writer->places == NULL || uai[0] == '\0')
		return "";
	establishments_find(writer->places, uai, arena, &found);
	for (size_t i = 0; i < found.count; i++)
		if (strcmp(found.list[i]->uai, uai) == 0)
			return found.list[i]->name;
	return "";
}

static struct values *
make_values(struct writer *writer, const struct addressee *one,
    const struct letter_code *code, struct arena *arena)
{
	const struct site_conf *site = writer->handout->site;
	struct clock_day day = clock_local_day(writer->end_ms, NULL, NULL);
	struct values *values = values_new(arena);
	char grouped[LETTER_CODE_GROUPED];

	letter_code_group(code, grouped);
	values_text(values, "site", site->name);
	values_text(values, "public_url", site->public_url);
	values_text(values, "support_mail", site->support_mail);
	values_text(values, "support_phone", site->support_phone);
	values_text(values, "name", one->name);
	values_text(values, "login", one->login);
	values_text(values, "uai", one->uai);
	values_text(
	    values, "establishment", place_name(writer, one->uai, arena));
	values_text(values, "code", grouped);
	values_text(values, "until",
	    arena_printf(arena, "%02d/%02d/%d", day.day, day.month, day.year));
	sodium_memzero(grouped, sizeof grouped);
	return values;
}

static int
add_letter(struct writer *writer, struct paper *paper, struct addressee *one,
    struct err *err)
{
	const struct handout *handout = writer->handout;
	struct arena arena = {0};
	struct letter_code code;
	struct buf text;
	int rc;

	letter_code_make(&code);
	one->digest = digest_letter(handout->numbers, 0, &code);
	buf_init(&text, LETTER_MAX);
	rc = template_render(handout->letters, "paper", handout->catalogue,
	    make_values(writer, one, &code, &arena), &text, err);
	if (rc == 0)
		rc = paper_letter(paper, buf_text(&text),
		    letter_link(&arena, handout->site, &code), err);
	sodium_memzero(&code, sizeof code);
	buf_free(&text);
	arena_reset(&arena);
	return rc == 0 ? 0 : err_in(err, "%s", one->login);
}

static int
write_paper(struct writer *writer, const char *part, struct addressee *list,
    size_t count, struct err *err)
{
	struct paper *paper = paper_new(err);
	const void *bytes;
	size_t len;
	int rc = paper != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = add_letter(writer, paper, &list[i], err);
	if (rc == 0)
		rc = paper_finish(paper, &bytes, &len, err);
	if (rc == 0)
		rc = file_replace(part, 0600, bytes, len, err);
	paper_free(paper);
	return rc;
}

/* A path that no letter has: two runs may come in one second. */
static char *
new_base(const struct handout *handout, const char *uai, struct arena *arena)
{
	char time[CLOCK_GENERALIZED], *first, *base;

	clock_generalized(handout->now_ms, time);
	first = arena_printf(arena, "%s/lettres-%s-%s", handout->folder,
	    uai[0] != '\0' ? uai : "sans-etablissement", time);
	base = first;
	for (int n = 2; access(arena_printf(arena, "%s.pdf", base), F_OK) == 0;
	     n++)
		base = arena_printf(arena, "%s-%d", first, n);
	return base;
}

/* Everybody of one establishment. */
static int
write_place(struct writer *writer, struct addressee *list, size_t count,
    struct err *err)
{
	const struct handout *handout = writer->handout;
	struct arena arena = {0};
	char *base = new_base(handout, list->uai, &arena);
	int rc;

	rc = write_paper(writer, arena_printf(&arena, "%s" HANDOUT_PART, base),
	    list, count, err);
	if (rc == 0) {
		FAULT_POINT("handout.part-written");
		rc = handout_publish(
		    handout, base, list, count, writer->end_ms, err);
	}
	if (rc == 0) {
		writer->counts->letters += count;
		writer->counts->files++;
	}
	arena_reset(&arena);
	return rc;
}

static int
write_all(struct writer *writer, struct addressees *all, struct err *err)
{
	const struct handout *handout = writer->handout;
	size_t from = 0, to;
	int rc = 0;

	for (; rc == 0 && from < all->count; from = to) {
		for (to = from + 1;
		     to < all->count &&
		     strcmp(all->list[to].uai, all->list[from].uai) == 0;
		     to++)
			;
		rc = write_place(writer, &all->list[from], to - from, err);
		handout->on_progress(
		    handout->context, "letters", to, all->count);
	}
	return rc;
}

/* Whoever can look into the folder can take an account. */
int
handout_check_folder(const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return err_set(
		    err, ERR_INPUT, "%s: there is no such folder", path);
	if ((status.st_mode & 077) != 0)
		return err_set(err, ERR_CONFIG,
		    "%s: others can look into this folder: chmod 700 it", path);
	return 0;
}

static int
open_places(struct writer *writer, struct err *err)
{
	const char *path = writer->handout->site->establishments;
	struct buf report;

	if (path[0] == '\0')
		return 0;
	buf_init(&report, LETTER_MAX);
	writer->places = establishments_open(path, &report, err);
	buf_free(&report);
	return writer->places != NULL ? 0 : -1;
}

int
handout_write(const struct handout *handout, struct handout_counts *counts,
    struct err *err)
{
	struct writer writer = {.handout = handout,
	    .counts = counts,
	    /* In whole seconds, as the directory has it. */
	    .end_ms = (handout->now_ms + handout->life_ms) / 1000 * 1000};
	struct addressees all = {0};
	struct arena arena = {0};
	int rc = handout_check_folder(handout->folder, err);

	if (rc == 0)
		rc = open_places(&writer, err);
	if (rc == 0)
		rc = handout_finish_others(handout, err);
	if (rc == 0)
		rc = handout_find(handout, &arena, &all, err);
	if (rc == 0)
		rc = write_all(&writer, &all, err);
	establishments_free(writer.places);
	free(all.list);
	arena_reset(&arena);
	return rc == 0 ? 0 : err_in(err, "letters");
}
