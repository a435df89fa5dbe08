/*
 * atlas - draws the ten digits of every font named, and prints them as C.
 *
 *     atlas FONT... > atlas.c
 *
 * A program of the build, not of the product. Declarations: captcha/atlas.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "captcha/atlas.h"

struct size {
	unsigned width, height;
};

static void
fail(const char *font, const char *what)
{
	fprintf(stderr, "atlas: %s: %s\n", font, what);
	exit(EXIT_FAILURE);
}

static const FT_Bitmap *
draw(FT_Face face, const char *font, int digit)
{
	if (FT_Load_Char(face, (FT_ULong)('0' + digit),
		FT_LOAD_RENDER | FT_LOAD_NO_HINTING) != 0)
		fail(font, "cannot draw a digit");
	return &face->glyph->bitmap;
}

/* Fonts differ in how much of their size a digit fills: measure an 8. */
static void
scale(FT_Face face, const char *font)
{
	const unsigned trial = 256;
	unsigned rows;

	if (FT_Set_Pixel_Sizes(face, 0, trial) != 0)
		fail(font, "not scalable");
	rows = draw(face, font, 8)->rows;
	if (rows == 0 ||
	    FT_Set_Pixel_Sizes(face, 0, trial * ATLAS_HEIGHT / rows) != 0)
		fail(font, "has no digits");
}

static struct size
print_digit(FT_Face face, const char *font, int index, int digit)
{
	const FT_Bitmap *map = draw(face, font, digit);

	printf("static const unsigned char font%d_%d[] = {", index, digit);
	for (unsigned y = 0; y < map->rows; y++) {
		const unsigned char *row = map->buffer + y * (size_t)map->pitch;

		for (unsigned x = 0; x < map->width; x++)
			printf("%s%u,", x % 20 == 0 ? "\n\t" : "", row[x]);
	}
	printf("\n};\n");
	return (struct size){map->width, map->rows};
}

static void
print_font(FT_Library library, const char *font, int index,
    struct size sizes[ATLAS_DIGITS])
{
	FT_Face face;

	if (FT_New_Face(library, font, 0, &face) != 0)
		fail(font, "cannot open (is fonts-dejavu-core installed?)");
	scale(face, font);
	for (int digit = 0; digit < ATLAS_DIGITS; digit++)
		sizes[digit] = print_digit(face, font, index, digit);
	FT_Done_Face(face);
}

static void
print_table(int fonts, struct size (*sizes)[ATLAS_DIGITS])
{
	printf("const size_t atlas_fonts = %d;\n", fonts);
	printf("const struct atlas_glyph atlas_glyphs[][ATLAS_DIGITS] = {\n");
	for (int font = 0; font < fonts; font++) {
		printf("\t{\n");
		for (int digit = 0; digit < ATLAS_DIGITS; digit++)
			printf("\t\t{ %u, %u, font%d_%d },\n",
			    sizes[font][digit].width, sizes[font][digit].height,
			    font, digit);
		printf("\t},\n");
	}
	printf("};\n");
}

int
main(int argc, char **argv)
{
	struct size(*sizes)[ATLAS_DIGITS];
	FT_Library library;

	if (argc < 2 || FT_Init_FreeType(&library) != 0)
		fail("usage", "atlas FONT...");
	sizes = calloc((size_t)argc, sizeof *sizes);
	if (sizes == NULL)
		fail("memory", "none left");
	printf("/* Drawn by captcha/tools/atlas.c. */\n"
	       "#include \"captcha/atlas.h\"\n\n");
	for (int i = 1; i < argc; i++)
		print_font(library, argv[i], i - 1, sizes[i - 1]);
	print_table(argc - 1, sizes);
	free(sizes);
	FT_Done_FreeType(library);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
