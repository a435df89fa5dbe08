/*
 * embed - turns files into a C file, at build time.
 *
 *     embed NAME FILE...  > embedded.c
 *
 * The C file defines `const struct embed_list NAME` (lib/base/embed.h), sorted
 * by name. A FILE is stored under its path; PATH=INSIDE stores it as INSIDE.
 * A NUL that does not count follows every file, so that text is a C string.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_A_LINE = 16 };

struct piece {
	const char *path;
	const char *name;
};

static bool
is_plain(const char *name)
{
	return *name != '\0' &&
	       strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789._/-") == strlen(name);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct piece *)a)->name, ((const struct piece *)b)->name);
}

static int
read_pieces(struct piece *pieces, char **files, size_t count)
{
	char *equals;

	for (size_t i = 0; i < count; i++) {
		pieces[i] = (struct piece){files[i], files[i]};
		equals = strchr(files[i], '=');
		if (equals != NULL) {
			*equals = '\0';
			pieces[i].name = equals + 1;
		}
		if (!is_plain(pieces[i].name)) {
			fprintf(stderr, "embed: %s: not a plain name\n",
			    pieces[i].name);
			return -1;
		}
	}
	qsort(pieces, count, sizeof(*pieces), compare);
	for (size_t i = 1; i < count; i++) {
		if (compare(&pieces[i - 1], &pieces[i]) == 0) {
			fprintf(stderr, "embed: %s: twice\n", pieces[i].name);
			return -1;
		}
	}
	return 0;
}

static int
write_bytes(const char *path, size_t number)
{
	FILE *file = fopen(path, "rb");
	size_t count = 0;
	int c;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	printf("\nstatic const unsigned char bytes_%zu[] = {", number);
	while ((c = getc(file)) != EOF)
		printf("%s%d,", count++ % BYTES_A_LINE == 0 ? "\n\t" : " ", c);
	printf("\n\t0\n};\n");
	if (ferror(file)) {
		perror(path);
		fclose(file);
		return -1;
	}
	fclose(file);
	return 0;
}

static void
write_list(const char *list, const struct piece *pieces, size_t count)
{
	if (count == 0) {
		printf("\nconst struct embed_list %s = { NULL, 0 };\n", list);
		return;
	}
	printf("\nstatic const struct embed_file files[] = {\n");
	for (size_t i = 0; i < count; i++)
		printf("\t{ \"%s\", bytes_%zu, sizeof(bytes_%zu) - 1 },\n",
		    pieces[i].name, i, i);
	printf("};\n\nconst struct embed_list %s = { files, %zu };\n", list,
	    count);
}

int
main(int argc, char **argv)
{
	struct piece *pieces;
	size_t count;
	int rc;

	if (argc < 2) {
		fprintf(stderr, "usage: embed NAME FILE[=INSIDE]...\n");
		return 64;
	}
	count = (size_t)argc - 2;
	pieces = calloc(count + 1, sizeof(*pieces));
	if (pieces == NULL)
		return 70;
	rc = read_pieces(pieces, argv + 2, count);
	printf("/* Made by lib/tools/embed.c. */\n"
	       "#include \"lib/base/embed.h\"\n");
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = write_bytes(pieces[i].path, i);
	if (rc == 0)
		write_list(argv[1], pieces, count);
	free(pieces);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = -1;
	return rc == 0 ? 0 : 65;
}
