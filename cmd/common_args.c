#include "cmd/common_args.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "cmd/common_settings.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/secret.h"

enum { EXIT_USAGE = 64, OPTION_VERSION = 256, OPTION_HELP };

static void
usage(FILE *out, const char *program, const char *purpose)
{
	fprintf(out,
	    "usage: %s [-c FILE] [-t] [--version] [--help]\n"
	    "%s\n"
	    "  -c FILE    configuration (default " SETTINGS_PATH ")\n"
	    "  -t         check the configuration and the key files, then "
	    "exit\n",
	    program, purpose);
}

int
daemon_args_read(int argc, char **argv, const char *program,
    const char *purpose, struct daemon_args *args)
{
	static const struct option options[] = {
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {"help", no_argument, NULL, OPTION_HELP},
	    {NULL, 0, NULL, 0},
	};
	int option;

	*args = (struct daemon_args){.config = SETTINGS_PATH};
	while (
	    (option = getopt_long(argc, argv, "c:th", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			args->config = optarg;
			break;
		case 't':
			args->only_check = true;
			break;
		case OPTION_VERSION:
			printf("%s %s\n", program, RENTREE_VERSION);
			return 0;
		case 'h':
		case OPTION_HELP:
			usage(stdout, program, purpose);
			return 0;
		default:
			usage(stderr, program, purpose);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: unexpected argument: %s\n", program,
		    argv[optind]);
		usage(stderr, program, purpose);
		return EXIT_USAGE;
	}
	return -1;
}

static void
fill_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
}

int
daemon_prepare(const char *program)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t signals;

	secret_harden_process();
	log_setup(program, LOG_LEVEL_INFO);
	if (sodium_init() < 0) {
		fprintf(stderr, "%s: libsodium cannot start\n", program);
		return err_exit_code(ERR_INTERNAL);
	}
	sigaction(SIGPIPE, &ignore, NULL);
	fill_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return 0;
}

bool
daemon_wait(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};
	sigset_t signals;

	fill_signals(&signals);
	return sigtimedwait(&signals, NULL, &left) > 0;
}
