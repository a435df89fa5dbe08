/* Paper and directory agree, whenever it is that we are killed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/text.h"
#include "lib/flow/handout_internal.h"
#include "lib/flow/letter.h"
#include "lib/store/audit.h"

enum { JOURNAL_MAX = 64 * 1024 * 1024 };

static char *
join(struct arena *arena, const char *base, const char *suffix)
{
	return arena_printf(arena, "%s%s", base, suffix);
}

static int
note(const struct handout *handout, const char *login, const char *reason,
    struct err *err)
{
	const struct audit_entry entry = {.event = "account.letter",
	    .login = login,
	    .actor = handout->actor,
	    .reason = reason};

	return audit_write(handout->audit, &entry, err);
}

/* One line of the journal. An account that has no need of the page any more is
 * told, and no reason to stop. */
static int
do_line(const struct handout *handout, const struct json *line, struct err *err)
{
	const char *dn = json_get_text(line, "dn");
	const char *login = json_get_text(line, "login");
	const char *digest = json_get_text(line, "digest");
	struct err why = {0};
	struct arena arena = {0};

	if (dn == NULL || login == NULL || digest == NULL)
		return err_set(err, ERR_INPUT, "a line is damaged");
	if (letter_keep(handout->directory, dn, digest,
		json_get_number(line, "end", 0), handout->now_ms, &why) == 0) {
		FAULT_POINT("handout.letter-kept");
		return note(handout, login, "printed", err);
	}
	if (why.kind != ERR_REFUSED && why.kind != ERR_INPUT) {
		*err = why;
		return -1;
	}
	handout->on_line(
	    handout->context, arena_printf(&arena, "%s: the letter is void: %s",
				  login, why.text));
	arena_reset(&arena);
	return 0;
}

static int
do_lines(const struct handout *handout, const char *bytes, struct err *err)
{
	int rc = 0;

	while (rc == 0 && *bytes != '\0') {
		size_t len = strcspn(bytes, "\n");
		struct json *line = json_parse(bytes, len, err);

		rc = line != NULL ? do_line(handout, line, err) : -1;
		json_free(line);
		bytes += len + (bytes[len] == '\n');
	}
	return rc;
}

/* The digests, then the name, then the journal may go. Each of the three may
 * have been done before. */
static int
do_journal(const struct handout *handout, const char *base, struct err *err)
{
	struct arena arena = {0};
	char *journal = join(&arena, base, HANDOUT_JOURNAL);
	char *part = join(&arena, base, HANDOUT_PART), *bytes;
	size_t len;
	int rc = file_read(&arena, journal, JOURNAL_MAX, &bytes, &len, err);

	if (rc == 0 && do_lines(handout, bytes, err) != 0)
		rc = err_in(err, "%s", journal);
	if (rc == 0 && rename(part, join(&arena, base, ".pdf")) != 0 &&
	    errno != ENOENT)
		rc = err_set(err, ERR_INTERNAL, "%s: cannot be renamed: %s",
		    part, strerror(errno));
	if (rc == 0) {
		FAULT_POINT("handout.named");
		(void)unlink(journal);
	}
	arena_reset(&arena);
	return rc;
}

int
handout_publish(const struct handout *handout, const char *base,
    const struct addressee *list, size_t count, int64_t end_ms, struct err *err)
{
	struct arena arena = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc;

	if (out == NULL)
		err_no_memory();
	for (size_t i = 0; i < count; i++) {
		struct json *line = json_new_object();

		json_text(line, "dn", list[i].dn);
		json_text(line, "login", list[i].login);
		json_text(line, "digest", list[i].digest.text);
		json_number(line, "end", (long long)end_ms);
		fprintf(out, "%s\n", json_line(&arena, line));
		json_free(line);
	}
	if (fclose(out) != 0)
		err_no_memory();
	rc = file_replace(
	    join(&arena, base, HANDOUT_JOURNAL), 0600, text, len, err);
	free(text);
	arena_reset(&arena);
	if (rc != 0)
		return -1;
	FAULT_POINT("handout.journalled");
	return do_journal(handout, base, err);
}

/* --- what others left ---------------------------------------------------- */

/* A file name that ends in suffix, as the path without it; NULL. */
static char *
base_of(const struct handout *handout, const char *name, const char *suffix,
    struct arena *arena)
{
	if (!text_has_prefix(name, "lettres-") ||
	    !text_has_suffix(name, suffix))
		return NULL;
	return arena_printf(arena, "%s/%.*s", handout->folder,
	    (int)(strlen(name) - strlen(suffix)), name);
}

static int
finish_other(const struct handout *handout, const char *name, struct err *err)
{
	struct arena arena = {0};
	char *base = base_of(handout, name, HANDOUT_JOURNAL, &arena);
	int rc = 0;

	if (base != NULL)
		rc = do_journal(handout, base, err);
	base = base_of(handout, name, HANDOUT_PART, &arena);
	/* Without a journal its codes are nobody's. */
	if (base != NULL &&
	    access(join(&arena, base, HANDOUT_JOURNAL), F_OK) != 0)
		(void)unlink(join(&arena, base, HANDOUT_PART));
	arena_reset(&arena);
	return rc;
}

int
handout_finish_others(const struct handout *handout, struct err *err)
{
	DIR *folder = opendir(handout->folder);
	struct dirent *entry;
	int rc = 0;

	if (folder == NULL)
		return err_set(
		    err, ERR_INPUT, "%s: %s", handout->folder, strerror(errno));
	while (rc == 0 && (entry = readdir(folder)) != NULL)
		rc = finish_other(handout, entry->d_name, err);
	closedir(folder);
	return rc;
}
