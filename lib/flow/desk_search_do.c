#include "lib/flow/desk_search.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/flow/desk_act.h"
#include "lib/flow/desk_factor.h"
#include "lib/flow/hands.h"
#include "lib/flow/proof.h"
#include "lib/store/directory.h"

struct searching {
	struct hands *hands;
	struct desk_search_request request;
	struct desk_operator who;
	struct desk_search_answer answer;
	const struct person *last; /* of those that were found */
};

static void
add_row(struct searching *job, const struct person *person)
{
	struct desk_search_row *row;

	if (job->answer.count == DESK_FOUND_MAX) {
		job->answer.more = true;
		return;
	}
	job->last = person;
	row = &job->answer.list[job->answer.count++];
	memcpy(row->uuid, person->uuid, sizeof row->uuid);
	row->login = person->login;
	row->display = person->display;
	row->kinds = person->kinds;
}

/* Beyond what is looked at nobody is chosen by birth date: more words are
 * needed. */
static void
choose(struct searching *job, const struct directory_found *found)
{
	const struct birth *birth = &job->request.birth;

	for (size_t i = 0; i < found->count; i++) {
		const struct person *person = &found->list[i];

		if (desk_is_theirs(&job->who, person) &&
		    (birth->text[0] == '\0' ||
			proof_birth_fits(job->hands, person, birth)))
			add_row(job, person);
	}
	job->answer.more = job->answer.more || found->too_many;
}

static int
note(struct searching *job, struct err *err)
{
	const struct desk_tools tools = desk_tools_of(job->hands);
	const struct desk_search_answer *answer = &job->answer;
	bool one = answer->count == 1 && !answer->more;

	return desk_note(&tools, &job->who,
	    &(struct desk_note){.event = "desk.search",
		.ref = job->request.visit.ref,
		.reason = answer->more        ? "many"
			  : answer->count > 1 ? "several"
			  : one               ? "one"
					      : "nobody",
		.person = one ? job->last : NULL,
		.typed = job->request.typed},
	    err);
}

static int
search(struct searching *job, struct err *err)
{
	struct hands *hands = job->hands;
	struct directory_found found;

	if (directory_find_sight(hands->directory, job->request.typed,
		(const char *const *)job->who.establishments, DESK_LOOKED_AT,
		&hands->arena, &found, err) != 0)
		return -1;
	choose(job, &found);
	return note(job, err);
}

int
desk_search_do(struct hands *hands, const struct envelope *envelope,
    struct buf *reply, struct err *err)
{
	struct searching job = {.hands = hands};
	struct factor factor;
	int rc;

	if (desk_search_unpack(envelope->payload, envelope->len, &hands->arena,
		&job.request, err) != 0)
		return -1;
	hands_refer(hands, job.request.visit.ref);
	rc = desk_visit_open(hands, &job.request.visit, &job.who, &factor,
	    &job.answer.host, err);
	sodium_memzero(&factor, sizeof factor);
	if (rc == 0 && job.answer.host.door == DESK_DOOR_OPEN &&
	    job.request.typed[0] != '\0')
		rc = search(&job, err);
	if (rc != 0) {
		job.answer.host.door = DESK_DOOR_CLOSED;
		job.answer.count = 0;
	}
	desk_search_answer_pack(&job.answer, reply);
	return rc;
}
