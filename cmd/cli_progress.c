#include "cmd/cli_progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/clock.h"

enum {
	EVERY_TERMINAL_MS = 100,
	EVERY_LINE_MS = 5000,
	BAR_MAX = 40,
	BAR_MIN = 8, /* a shorter one says nothing */
	/* What stands beside the bar. */
	BESIDE = 64,
	FIRST_RATE_MS = 1000,
	HOUR_S = 3600,
	MINUTE_S = 60,
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
	return width >= BAR_MIN ? width : 0;
}

/* "1234/s", and ", 2 min 05 s left" where the end is known. */
static void
show_rate(const struct cli_progress *progress, size_t done, size_t total)
{
	int64_t took_ms = clock_mono_ms() - progress->step_ms;
	double rate, left;

	if (done <= progress->step_done || took_ms < FIRST_RATE_MS)
		return;
	rate = 1000.0 * (double)(done - progress->step_done) / (double)took_ms;
	fprintf(stderr, ", %.0f/s", rate);
	if (total < done)
		return;
	left = (double)(total - done) / rate + 0.5;
	if (left >= HOUR_S)
		fprintf(stderr, ", %d h %02d min left", (int)left / HOUR_S,
		    (int)left % HOUR_S / MINUTE_S);
	else if (left >= MINUTE_S)
		fprintf(stderr, ", %d min %02d s left", (int)left / MINUTE_S,
		    (int)left % MINUTE_S);
	else
		fprintf(stderr, ", %d s left", (int)left);
}

static void
draw_bar(size_t width, size_t done, size_t total)
{
	if (width == 0)
		return;
	putc('[', stderr);
	for (size_t i = 0; i < width; i++)
		putc(i < width * done / total ? '#' : '.', stderr);
	fputs("] ", stderr);
}

static void
draw(const struct cli_progress *progress, size_t done, size_t total)
{
	fprintf(stderr, "\r\033[K%s ", progress->step);
	if (total == 0) {
		fprintf(stderr, "%zu", done);
	} else {
		draw_bar((size_t)bar_width(), done, total);
		fprintf(stderr, "%zu %% (%zu of %zu)", 100 * done / total, done,
		    total);
	}
	show_rate(progress, done, total);
	fflush(stderr);
}

static void
write_line(const struct cli_progress *progress, size_t done, size_t total)
{
	fprintf(stderr, "%s: %zu", progress->step, done);
	if (total > 0)
		fprintf(stderr, " of %zu", total);
	show_rate(progress, done, total);
	putc('\n', stderr);
}

void
cli_progress_show(
    struct cli_progress *progress, const char *what, size_t done, size_t total)
{
	int64_t now_ms = clock_mono_ms();
	int64_t pause_ms =
	    progress->terminal ? EVERY_TERMINAL_MS : EVERY_LINE_MS;

	if (progress->step == NULL || strcmp(progress->step, what) != 0) {
		progress->step = what;
		progress->step_ms = now_ms;
		progress->step_done = done;
	}
	if (progress->quiet || now_ms - progress->last_ms < pause_ms)
		return;
	progress->last_ms = now_ms;
	if (progress->terminal) {
		draw(progress, done, total);
		progress->shown = true;
	} else {
		write_line(progress, done, total);
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
