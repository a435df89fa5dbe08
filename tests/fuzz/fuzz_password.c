/* First line: a word of the person; the rest, to the first NUL: the password.
 * What is let through is what the directory may get. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "lib/base/text.h"
#include "lib/people/digest.h"
#include "lib/people/password.h"
#include "lib/people/people_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct password_words *
words(void)
{
	static struct password_words *opened;
	struct err err = {0};

	if (opened == NULL && sodium_init() >= 0)
		opened = password_words_open("", &err);
	if (opened == NULL)
		abort();
	return opened;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char bytes[SECRET_KEY] = "fuzz";
	struct secret secret = {bytes, SECRET_KEY};
	struct digest_keys keys = {.list = {{"1", &secret}}, .count = 1};
	const char *proofs[] = {"{NUMEN}1$x", NULL};
	const char *own[] = {"", NULL};
	const struct password_conf conf = {
	    .min_length = 12, .min_bits = 50, .min_guess_bits = 36};
	struct password_context context = {.words = own,
	    .uid = "jdupont",
	    .birth = "1$x",
	    .proofs = proofs,
	    .keys = &keys,
	    .this_year = 2026};
	struct arena arena = {0};
	char *typed = arena_dup_n(&arena, data, size);
	char *line = strsep(&typed, "\n");
	const char *normal, *again;

	if (typed == NULL || !text_is_utf8(line, strlen(line)))
		goto out;
	own[0] = line;
	if (password_judge(&conf, words(), &context, typed, &arena, &normal) !=
	    PASSWORD_FINE)
		goto out;
	if (!text_is_clean(normal, strlen(normal)) ||
	    text_length(normal) < 12 || text_length(normal) > PASSWORD_MAX ||
	    strlen(normal) > PASSWORD_BYTES_MAX)
		abort();
	/* the normal form is one, and judged like what was typed */
	if (password_judge(&conf, words(), &context, normal, &arena, &again) !=
		PASSWORD_FINE ||
	    strcmp(normal, again) != 0)
		abort();
out:
	arena_reset(&arena);
	return 0;
}
