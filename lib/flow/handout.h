/*
 * handout - letters for those who cannot be written to: one PDF for each
 * establishment, one page a person, with login, code and QR code (letter.h).
 *
 * A letter is for an account that is open, was never activated, has a birth
 * date, cannot be reached by mail (no rescue address, one that the relay
 * refused for good, or no answer to any invitation: relance.h), and no letter
 * that still works: so it is printed once, and whoever lost it gets a new code
 * by `rentree account letter`.
 *
 * Codes stand on the paper alone; the directory has their digests. So that no
 * crash leaves a code that nobody can print or a page whose code is none, the
 * order is: the PDF under another name (".part"), a journal of the digests, the
 * digests into the directory, the PDF under its own name. handout_write()
 * finishes first what an earlier one left; a page whose account was activated
 * meanwhile, or got a newer letter, is dead paper and harmless.
 *
 * Files are 0600, "lettres-<UAI>-<time>.pdf", in folder, which must exist and
 * be closed to others. Hand them over and delete them.
 */
#ifndef LIB_FLOW_HANDOUT_H
#define LIB_FLOW_HANDOUT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"

struct audit;
struct catalogue;
struct digest_keys;
struct directory;
struct err;
struct provision_conf;
struct site_conf;
struct template_set;

struct handout {
	struct directory *directory;
	const char *people_base;
	const struct digest_keys *numbers;
	const struct site_conf *site;
	const struct template_set *letters;
	const struct catalogue *catalogue;
	struct audit *audit;
	const char *actor;
	const char *folder;
	const char *const *waves;          /* wave.h; NULL = all */
	const struct provision_conf *conf; /* when invitations are over */
	int64_t life_ms;                   /* of a code */
	int64_t now_ms;
	void (*on_line)(void *context, const char *line);
	void (*on_progress)(
	    void *context, const char *what, size_t done, size_t total);
	void *context;
};

struct handout_counts {
	size_t letters, files;
};

/* ERR_INPUT, ERR_CONFIG: letters cannot be kept there. */
int handout_check_folder(const char *path, struct err *err) MUST_CHECK;
int handout_write(const struct handout *handout, struct handout_counts *counts,
    struct err *err) MUST_CHECK;

#endif
