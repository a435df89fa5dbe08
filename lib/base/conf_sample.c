#include "lib/base/conf.h"

#include <string.h>

#include "lib/base/buf.h"

static void
write_help(const struct conf_def *def, struct buf *out)
{
	buf_addf(out, "; %s", def->help);
	if (def->type == CONF_CHOICE)
		buf_addf(out, " (%s)", def->choices);
	buf_add_char(out, '\n');
}

static void
write_key(const struct conf_def *def, struct buf *out)
{
	if (def->fallback == NULL)
		buf_addf(out, "; %s =    ; required\n", def->key);
	else if (*def->fallback == '\0')
		buf_addf(out, "%s =\n", def->key);
	else
		buf_addf(out, "%s = %s\n", def->key, def->fallback);
}

void
conf_write_sample(const struct conf_section *sections, struct buf *out)
{
	for (const struct conf_section *s = sections; s->name != NULL; s++) {
		buf_addf(out, "%s[%s]\n", s == sections ? "" : "\n", s->name);
		for (const struct conf_def *d = s->defs; d->key != NULL; d++) {
			write_help(d, out);
			write_key(d, out);
		}
	}
}
