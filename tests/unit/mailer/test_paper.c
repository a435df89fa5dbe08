/* paper: pages, accents, what does not fit. What it looks like is tried by
 * tests/integration/test_handout.py, with the tools of poppler. */
#include "mailer/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/err.h"

static struct err err;

/* Objects stand in clear: only their streams are compressed. */
static size_t
count(const void *bytes, size_t len, const char *word)
{
	const char *at = bytes, *end = at + len;
	size_t found = 0;

	while (
	    (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL) {
		found++;
		at += strlen(word);
	}
	return found;
}

static size_t
pages_of(struct paper *paper)
{
	const void *bytes;
	size_t len;

	assert_int_equal(paper_finish(paper, &bytes, &len, &err), 0);
	assert_memory_equal(bytes, "%PDF-", 5);
	return count(bytes, len, "/Type /Page\n");
}

static void
test_a_page_a_letter(void **unused)
{
	struct paper *paper = paper_new(&err);

	(void)unused;
	assert_non_null(paper);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    paper_letter(paper,
			"Académie\n> Zoé Œuvrard\n# Titre\n@qr\n= XXXX-1\n"
			"Nguye\xCC\x82\xCC\x83n, Łukasiewicz, Παπαδόπουλος\n",
			"https://comptes.example/a/1234567890123456", &err),
		    0);
	assert_int_equal(pages_of(paper), 3);
	paper_free(paper);
}

static void
test_what_does_not_fit_goes_on(void **unused)
{
	struct paper *paper = paper_new(&err);
	char *text = calloc(1, 64 * 1024), *at = text;

	(void)unused;
	assert_non_null(paper);
	for (int i = 0; i < 400; i++)
		at = stpcpy(at, "des mots, encore des mots, et toujours ");
	assert_int_equal(paper_letter(paper, text, "x", &err), 0);
	/* one word that is longer than a line */
	memset(text, 'x', 2000);
	text[2000] = '\0';
	assert_int_equal(paper_letter(paper, text, "x", &err), 0);
	/* the code at the foot of a page */
	at = text;
	for (int i = 0; i < 46; i++)
		at = stpcpy(at, "ligne\n");
	(void)stpcpy(at, "@qr\nfin\n");
	assert_int_equal(paper_letter(paper, text, "x", &err), 0);
	assert_true(pages_of(paper) > 4);
	free(text);
	paper_free(paper);
}

static void
test_what_is_no_letter(void **unused)
{
	struct paper *paper = paper_new(&err);
	char *link = calloc(1, 8192);

	(void)unused;
	assert_non_null(paper);
	/* more than a QR code holds */
	memset(link, 'a', 8000);
	assert_int_equal(paper_letter(paper, "@qr\n", link, &err), -1);
	assert_int_equal(err.kind, ERR_INTERNAL);
	free(link);
	paper_free(paper);
	paper_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_page_a_letter),
	    cmocka_unit_test(test_what_does_not_fit_goes_on),
	    cmocka_unit_test(test_what_is_no_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
