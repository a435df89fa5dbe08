#include "lib/flow/wave.h"

#include <stddef.h>

#include "lib/base/text.h"

bool
wave_has(const char *const *waves, char *const *establishments)
{
	if (waves == NULL || waves[0] == NULL)
		return true;
	for (; *establishments != NULL; establishments++)
		for (const char *const *wave = waves; *wave != NULL; wave++)
			if (text_has_prefix(*establishments, *wave))
				return true;
	return false;
}
