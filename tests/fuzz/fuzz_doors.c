/* Requests and answers of the doors: first byte says which. */
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/flow/change.h"
#include "lib/flow/errand.h"
#include "lib/flow/letter.h"
#include "lib/flow/rescue.h"
#include "lib/flow/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct err err = {0};
	union {
		struct change_request change;
		struct change_answer changed;
		struct errand errand;
		struct letter_request letter;
		struct letter_answer opened;
		struct rescue_request rescue;
		struct rescue_answer rescued;
		struct ticket_request ticket;
		struct ticket_answer answer;
	} out = {0};
	int rc = 0;

	if (size == 0)
		return 0;
	size--;
	switch (data[0] % 9) {
	case 0:
		rc = change_unpack(data + 1, size, &arena, &out.change, &err);
		break;
	case 1:
		rc = change_answer_unpack(data + 1, size, &out.changed, &err);
		break;
	case 2:
		rc = errand_unpack(data + 1, size, &arena, &out.errand, &err);
		break;
	case 3:
		rc = rescue_unpack(data + 1, size, &arena, &out.rescue, &err);
		break;
	case 4:
		rc = rescue_answer_unpack(data + 1, size, &out.rescued, &err);
		break;
	case 5:
		rc = ticket_unpack(data + 1, size, &arena, &out.ticket, &err);
		break;
	case 6:
		rc = ticket_answer_unpack(
		    data + 1, size, &arena, &out.answer, &err);
		break;
	case 7:
		rc = letter_unpack(data + 1, size, &out.letter, &err);
		break;
	case 8:
		rc = letter_answer_unpack(data + 1, size, &out.opened, &err);
		break;
	}
	(void)rc;
	arena_reset(&arena);
	return 0;
}
