#include "cmd/cli_progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/clock.h"

enum {
	EVERY_TERMINAL_MS = 100,
	EVERY_LINE_MS = 5000,
	BAR_MAX = 40,
	/* What stands beside the bar. */
	BESIDE = 36,
};

void
cli_progress_begin(struct cli_progress *progress)
{
	*progress = (struct cli_progress){
	    .terminal = isatty(STDERR_FILENO) == 1,
	    .last_ms = clock_mono_ms(),
	};
}

static int
bar_width(void)
{
	struct winsize size = {0};
	int width = BAR_MAX;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_col < BESIDE + BAR_MAX)
		width = size.ws_col - BESIDE;
	return width > 0 ? width : 0;
}

static void
draw(const char *what, size_t done, size_t total)
{
	int width = bar_width();

	fprintf(stderr, "\r\033[K%s ", what);
	if (total == 0) {
		fprintf(stderr, "%zu", done);
	} else {
		size_t full = (size_t)width * done / total;

		putc('[', stderr);
		for (size_t i = 0; i < (size_t)width; i++)
			putc(i < full ? '#' : '.', stderr);
		fprintf(stderr, "] %zu %% (%zu of %zu)", 100 * done / total,
		    done, total);
	}
	fflush(stderr);
}

void
cli_progress_show(
    struct cli_progress *progress, const char *what, size_t done, size_t total)
{
	int64_t now_ms = clock_mono_ms();
	int64_t pause_ms =
	    progress->terminal ? EVERY_TERMINAL_MS : EVERY_LINE_MS;

	if (now_ms - progress->last_ms < pause_ms)
		return;
	progress->last_ms = now_ms;
	if (progress->terminal) {
		draw(what, done, total);
		progress->shown = true;
	} else if (total == 0) {
		fprintf(stderr, "%s: %zu\n", what, done);
	} else {
		fprintf(stderr, "%s: %zu of %zu\n", what, done, total);
	}
}

void
cli_progress_clear(struct cli_progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->shown = false;
}
