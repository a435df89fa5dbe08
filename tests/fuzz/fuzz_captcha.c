/* Three lines: id, code, proof of work. An empty first line stands for an id
 * of ours, so that the answers are read as well. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "captcha/captcha.h"
#include "lib/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[SECRET_KEY] = "fuzz";

static void
check(const struct captcha_answer *answer, enum captcha_mode mode, char *ours)
{
	enum captcha_verdict verdict =
	    captcha_check(key, mode, CAPTCHA_RECOVER, answer, 1000);
	bool foreign = verdict == CAPTCHA_FOREIGN;

	/* nobody can make an id, and ours stays ours */
	if (foreign != (answer->id != ours) && mode != CAPTCHA_OFF)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char ours[CAPTCHA_ID], *parts[3], name[CAPTCHA_NAME], *cut;
	struct captcha_answer answer;
	struct arena arena;

	if (sodium_init() < 0)
		abort();
	arena_init(&arena);
	captcha_make(key, CAPTCHA_RECOVER, 30, 0, ours);
	parts[0] = arena_dup_n(&arena, data, size);
	for (int i = 1; i < 3; i++) {
		cut = strchr(parts[i - 1], '\n');
		parts[i] = cut == NULL ? NULL : cut + 1;
		if (cut == NULL) {
			parts[i] = parts[i - 1] + strlen(parts[i - 1]);
			continue;
		}
		*cut = '\0';
	}
	answer = (struct captcha_answer){
	    parts[0][0] == '\0' ? ours : parts[0],
	    parts[1],
	    parts[2],
	};
	for (int mode = CAPTCHA_POW_OR_CODE; mode <= CAPTCHA_OFF; mode++)
		check(&answer, mode, ours);
	captcha_name(parts[0], name);
	arena_reset(&arena);
	return 0;
}
