#include "lib/web/theme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/people/people_conf.h"

static const double CONTRAST_MIN = 4.5; /* WCAG 2.2 SC 1.4.3 */
/* The darkest ground that links stand on (style.css, light scheme). */
static const char PANEL[] = "#f3f6f9";

static double
channel(const char *hex)
{
	const char digits[3] = {hex[0], hex[1], '\0'};
	double value = (double)strtol(digits, NULL, 16) / 255;

	return value <= 0.04045 ? value / 12.92
				: pow((value + 0.055) / 1.055, 2.4);
}

/* WCAG 2.2, "relative luminance" of #rrggbb. */
static double
luminance(const char *colour)
{
	return 0.2126 * channel(colour + 1) + 0.7152 * channel(colour + 3) +
	       0.0722 * channel(colour + 5);
}

static int
make_style(struct theme *theme, const char *colour, struct err *err)
{
	double light = luminance(colour);
	double contrast = (luminance(PANEL) + 0.05) / (light + 0.05);

	if (contrast < CONTRAST_MIN)
		return err_set(err, ERR_CONFIG,
		    "[site] colour: %s is too pale to be read on the "
		    "pages' light ground (contrast %.1f, at least 4.5 is "
		    "needed)",
		    colour, contrast);
	theme->style = arena_printf(&theme->arena,
	    "@media (prefers-color-scheme: light) {\n"
	    "  :root { --brand: %s; --brand-ink: #ffffff; }\n"
	    "}\n",
	    colour);
	return 0;
}

static int
read_logo(struct theme *theme, const char *path, struct err *err)
{
	static const char *const types[][2] = {
	    {".png", "image/png"},
	    {".svg", "image/svg+xml"},
	    {".jpg", "image/jpeg"},
	    {".webp", "image/webp"},
	};
	char *bytes;

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (text_has_suffix(path, types[i][0]))
			theme->logo_type = types[i][1];
	if (theme->logo_type == NULL)
		return err_set(err, ERR_CONFIG,
		    "[site] logo: %s is no .png, .svg, .jpg or .webp file",
		    path);
	if (file_read(&theme->arena, path, THEME_LOGO_MAX, &bytes,
		&theme->logo_len, err) != 0) {
		err->kind = ERR_CONFIG;
		return err_in(err, "[site] logo");
	}
	theme->logo = bytes;
	return 0;
}

int
theme_open(struct theme *theme, const struct site_conf *site, struct err *err)
{
	memset(theme, 0, sizeof(*theme));
	theme->style = "";
	if (site->colour[0] != '\0' &&
	    make_style(theme, site->colour, err) != 0)
		return -1;
	return site->logo[0] == '\0' ? 0 : read_logo(theme, site->logo, err);
}

void
theme_close(struct theme *theme)
{
	arena_reset(&theme->arena);
}
