/*
 * rush - visitors who ask without a pause, each on a connection of their own.
 *
 *     rush ask PORT KEY-FILE CONNECTIONS SECONDS COUNT [PEOPLE]
 *     rush look PORT KEY-FILE CONNECTIONS SECONDS COUNT [PEOPLE]
 *     rush redeem PORT - CONNECTIONS SECONDS COUNT TOKENS
 *
 * ask opens "mot de passe oublié" and sends it, with the captcha answered as a
 * person would, by its digits, read with the house's own key; look fetches the
 * captcha's picture in between. PEOPLE has a number, a space and a birth date a
 * line, in turn; without it the numbers are made up, which is the same to the
 * web process. redeem opens links of mails and chooses passwords; TOKENS has
 * one a line, each used once. It ends after SECONDS, COUNT journeys (0: any
 * number) or the last token, and prints JSON: times in microseconds.
 *
 * wrk cannot do this: a form is sent with what stood in the page before it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "captcha/challenge.h"
#include "lib/base/text.h"
#include "tests/bench/load.h"

enum { THREADS_MAX = 512, ROOM = 2048, WORD = 160, KEPT = 16 };

struct rush {
	long port, connections, seconds, count;
	bool redeems, looks;
	unsigned char key[SECRET_KEY];
	char (*words)[WORD]; /* people or tokens */
	size_t word_count;
	atomic_size_t next;
	atomic_bool stop;
};

struct visitor {
	struct rush *rush;
	pthread_t thread;
	struct line line;
	struct times get, picture, post;
	size_t done, refused;
	int refusal; /* the last status that was not wanted */
};

/* One request, timed; true when it answers as wanted. */
static bool
ask(struct visitor *visitor, const char *request, int wanted,
    struct times *times)
{
	int64_t begin = now_ns();
	int status = line_ask(&visitor->line, request, strlen(request));

	times_add(times, now_ns() - begin);
	if (status != wanted)
		visitor->refusal = status;
	return status == wanted;
}

/* What stands between a mark and a quote (or another end). */
static bool
cut(const char *text, const char *mark, const char *ends, char *out,
    size_t room)
{
	const char *at = strstr(text, mark);
	size_t len;

	if (at == NULL)
		return false;
	at += strlen(mark);
	len = strcspn(at, ends);
	return len > 0 && text_format(out, room, "%.*s", (int)len, at);
}

static void
write_get(char *out, size_t room, const char *path, size_t turn)
{
	if (!text_format(out, room,
		"GET %s HTTP/1.1\r\nHost: localhost\r\n"
		"X-Forwarded-For: 10.%zu.%zu.%zu\r\n\r\n",
		path, turn >> 16 & 255, turn >> 8 & 255, turn & 255))
		die("a request is too long");
}

static void
write_post(char *out, size_t room, const char *path, const char *cookie,
    size_t turn, const char *body)
{
	if (!text_format(out, room,
		"POST %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s"
		"X-Forwarded-For: 10.%zu.%zu.%zu\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		path, cookie[0] != '\0' ? "Cookie: " : "", cookie,
		cookie[0] != '\0' ? "\r\n" : "", turn >> 16 & 255,
		turn >> 8 & 255, turn & 255, strlen(body), body))
		die("a request is too long");
}

static void
read_digits(
    const struct rush *rush, const char *id, char digits[CAPTCHA_DIGITS + 1])
{
	struct challenge challenge;

	if (!challenge_open(rush->key, id, &challenge)) {
		fprintf(stderr, "no captcha of this house\n");
		exit(65);
	}
	for (size_t i = 0; i < CAPTCHA_DIGITS; i++)
		digits[i] = (char)('0' + challenge.digits[i]);
	digits[CAPTCHA_DIGITS] = '\0';
}

/* Person n: of the list, or one that nobody knows. */
static void
write_person(const struct rush *rush, size_t n, char *out, size_t room)
{
	const char *word;
	size_t len;
	bool fits;

	if (rush->word_count == 0) {
		fits = text_format(out, room,
		    "numen=09E96%05zuAAA&naissance=01/09/1975", n % 100000);
	} else {
		word = rush->words[n % rush->word_count];
		len = strcspn(word, " ");
		fits = text_format(out, room, "numen=%.*s&naissance=%s",
		    (int)len, word, word + len + (word[len] != '\0'));
	}
	if (!fits)
		die("a person is too long");
}

static bool
recover(struct visitor *visitor, size_t turn)
{
	static const char path[] = "/mot-de-passe-oublie";
	char request[ROOM], id[CAPTCHA_ID], digits[CAPTCHA_DIGITS + 1];
	char person[WORD], body[2 * WORD + CAPTCHA_ID], picture[WORD];

	write_get(request, sizeof request, path, turn);
	if (!ask(visitor, request, 200, &visitor->get) ||
	    !cut(visitor->line.response, "data-captcha-id=\"", "\"", id,
		sizeof id))
		return false;
	if (visitor->rush->looks) {
		(void)!text_format(
		    picture, sizeof picture, "/captcha/%s.png", id);
		write_get(request, sizeof request, picture, turn);
		if (!ask(visitor, request, 200, &visitor->picture))
			return false;
	}
	read_digits(visitor->rush, id, digits);
	write_person(visitor->rush, turn, person, sizeof person);
	(void)!text_format(body, sizeof body,
	    "%s&captcha_id=%s&captcha_code=%s", person, id, digits);
	write_post(request, sizeof request, path, "", turn, body);
	return ask(visitor, request, 303, &visitor->post);
}

static bool
redeem(struct visitor *visitor, size_t turn)
{
	char request[ROOM], path[WORD + 8], cookie[512], body[WORD];
	/* Of no earlier run: the directory remembers. */
	long long number = now_ns() / 1000 % 1000000;

	(void)!text_format(
	    path, sizeof path, "/r/%s", visitor->rush->words[turn]);
	write_get(request, sizeof request, path, turn);
	if (!ask(visitor, request, 303, &visitor->get) ||
	    !cut(visitor->line.response, "Set-Cookie: ", ";\r", cookie,
		sizeof cookie))
		return false;
	(void)!text_format(body, sizeof body,
	    "motdepasse=Bateau-%06lld-Cerise-Lune"
	    "&confirmation=Bateau-%06lld-Cerise-Lune",
	    number, number);
	write_post(request, sizeof request, "/nouveau-mot-de-passe", cookie,
	    turn, body);
	return ask(visitor, request, 303, &visitor->post);
}

static bool
is_over(const struct rush *rush, size_t turn)
{
	return atomic_load(&rush->stop) ||
	       (rush->count > 0 && turn >= (size_t)rush->count) ||
	       (rush->redeems && turn >= rush->word_count);
}

static void *
visit(void *context)
{
	struct visitor *visitor = context;
	struct rush *rush = visitor->rush;
	size_t turn;

	while (turn = atomic_fetch_add(&rush->next, 1), !is_over(rush, turn)) {
		bool good = rush->redeems ? redeem(visitor, turn)
					  : recover(visitor, turn);

		visitor->done += good;
		visitor->refused += !good;
	}
	return NULL;
}

static void
read_words(struct rush *rush, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[WORD];

	if (file == NULL)
		die(path);
	while (fgets(line, sizeof line, file) != NULL) {
		rush->words = realloc(
		    rush->words, (rush->word_count + 1) * sizeof(*rush->words));
		if (rush->words == NULL)
			die("realloc");
		line[strcspn(line, "\n")] = '\0';
		memcpy(rush->words[rush->word_count++], line, sizeof line);
	}
	fclose(file);
}

static void
read_key(struct rush *rush, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL ||
	    fread(rush->key, 1, sizeof rush->key, file) != sizeof rush->key)
		die(path);
	fclose(file);
}

static void
report(const struct rush *rush, struct visitor *visitors, int64_t ns)
{
	struct times get = {0}, picture = {0}, post = {0};
	size_t done = 0, refused = 0;
	int refusal = 0;

	for (long i = 0; i < rush->connections; i++) {
		times_join(&get, &visitors[i].get);
		times_join(&picture, &visitors[i].picture);
		times_join(&post, &visitors[i].post);
		done += visitors[i].done;
		refused += visitors[i].refused;
		if (visitors[i].refusal != 0)
			refusal = visitors[i].refusal;
	}
	printf("{\"seconds\": %.4f, \"done\": %zu, \"refused\": %zu, "
	       "\"refusal\": %d, ",
	    (double)ns / 1e9, done, refused, refusal);
	times_print("get", &get);
	printf(", ");
	times_print("picture", &picture);
	printf(", ");
	times_print("post", &post);
	printf("}\n");
}

static void
run(struct rush *rush)
{
	struct visitor *visitors =
	    calloc((size_t)rush->connections, sizeof(*visitors));
	int64_t begin = now_ns(), end = begin + rush->seconds * 1000000000;
	size_t ended = 0;

	if (visitors == NULL)
		die("calloc");
	for (long i = 0; i < rush->connections; i++) {
		visitors[i].rush = rush;
		visitors[i].line = (struct line){.port = rush->port, .fd = -1};
		if (pthread_create(
			&visitors[i].thread, NULL, visit, &visitors[i]) != 0)
			die("pthread_create");
	}
	while (now_ns() < end && !is_over(rush, atomic_load(&rush->next)))
		(void)usleep(2000);
	atomic_store(&rush->stop, now_ns() >= end);
	for (; ended < (size_t)rush->connections; ended++)
		(void)pthread_join(visitors[ended].thread, NULL);
	report(rush, visitors, now_ns() - begin);
}

int
main(int argc, char **argv)
{
	static struct rush rush;

	if (argc < 7 || argc > 8 ||
	    !text_to_long(argv[2], 1, 65535, &rush.port) ||
	    !text_to_long(argv[4], 1, THREADS_MAX, &rush.connections) ||
	    !text_to_long(argv[5], 1, 3600, &rush.seconds) ||
	    !text_to_long(argv[6], 0, 100000000, &rush.count)) {
		fprintf(stderr,
		    "usage: rush ask|look|redeem PORT KEY-FILE CONNECTIONS "
		    "SECONDS COUNT [FILE]\n");
		return 64;
	}
	if (sodium_init() < 0)
		return 70;
	rush.redeems = strcmp(argv[1], "redeem") == 0;
	rush.looks = strcmp(argv[1], "look") == 0;
	if (argc == 8)
		read_words(&rush, argv[7]);
	if (!rush.redeems)
		read_key(&rush, argv[3]);
	run(&rush);
	return 0;
}
