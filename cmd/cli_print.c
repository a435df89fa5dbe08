#include <stdio.h>
#include <string.h>

#include "cmd/cli.h"
#include "lib/base/json.h"
#include "lib/base/text.h"

enum { NAME_WIDTH = 18 };

const char *
cli_clean(struct cli *cli, const char *text)
{
	size_t left = strlen(text);
	char *clean, *at;

	if (text_is_clean(text, left))
		return text;
	clean = arena_dup(&cli->arena, text);
	for (at = clean; left > 0;) {
		size_t front = text_clean_front(at, left);

		if (front == 0) {
			*at = *at == '\n' ? '\n' : '?';
			front = 1;
		}
		at += front;
		left -= front;
	}
	return clean;
}

struct cli_card
cli_card_new(const struct cli *cli)
{
	return (struct cli_card){cli->json ? json_new_object() : NULL};
}

/* "recovery_mail" → "recovery mail", in a column of its own. */
static void
print_name(const char *name)
{
	int column = 0;

	for (; *name != '\0'; name++, column++)
		putchar(*name == '_' ? ' ' : *name);
	do
		putchar(' ');
	while (++column < NAME_WIDTH);
}

void
cli_card_text(struct cli_card *card, const char *name, const char *value)
{
	if (card->object != NULL) {
		json_text(card->object, name, value);
		return;
	}
	print_name(name);
	puts(value != NULL && value[0] != '\0' ? value : "-");
}

void
cli_card_number(struct cli_card *card, const char *name, long long value)
{
	if (card->object != NULL) {
		json_number(card->object, name, value);
		return;
	}
	print_name(name);
	printf("%lld\n", value);
}

void
cli_card_flag(struct cli_card *card, const char *name, bool value)
{
	if (card->object != NULL)
		json_flag(card->object, name, value);
	else
		cli_card_text(card, name, value ? "yes" : "no");
}

void
cli_card_list(struct cli_card *card, const char *name, char *const *list)
{
	struct json *array;

	if (card->object != NULL) {
		array = json_add(card->object, name, json_new_array());
		for (; *list != NULL; list++)
			json_add_text(array, *list);
		return;
	}
	if (*list == NULL)
		cli_card_text(card, name, NULL);
	for (; *list != NULL; list++, name = "")
		cli_card_text(card, name, *list);
}

void
cli_card_end(struct cli *cli, struct cli_card *card)
{
	if (card->object != NULL)
		cli_print_json(cli, card->object);
	card->object = NULL;
}

void
cli_print_json(struct cli *cli, struct json *root)
{
	puts(json_line(&cli->arena, root));
	json_free(root);
}
