#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_forms(struct arena *arena, const char *text)
{
	const char *cursor = text;
	char *forms[] = {unicode_nfc(arena, text), unicode_nfkc(arena, text),
	    unicode_strip_marks(arena, text)};

	for (size_t i = 0; i < COUNT_OF(forms); i++)
		must(forms[i] != NULL &&
		     text_is_utf8(forms[i], strlen(forms[i])));
	must(strcmp(unicode_nfc(arena, forms[0]), forms[0]) == 0);
	for (size_t count = unicode_count(text); count > 0; count--)
		must(unicode_next(&cursor) > 0);
	must(*cursor == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	char *text = arena_dup_n(&arena, bytes, len);
	int64_t ms;
	long value;

	must(!text_is_clean(text, len) || text_is_utf8(text, len));
	if (text_is_utf8(text, len))
		check_forms(&arena, text);
	else if (strlen(text) == len)
		must(unicode_nfc(&arena, text) == NULL);
	text_trim(&arena, text_lower(&arena, text));
	text_split(&arena, text, " ,;", NULL);
	must(text_distance(text, text) == 0 || strlen(text) > 64);
	if (text_to_long(text, 10, 99, &value))
		must(value >= 10 && value <= 99);
	if (clock_from_generalized(text, &ms))
		must(ms % 1000 == 0);
	must(text_unb64(text_b64(&arena, bytes, len), text, len));
	must(memcmp(text, bytes, len) == 0);
	arena_reset(&arena);
	return 0;
}
