/* What acts, documents and ends are called in the audit. */
#include "lib/flow/desk_act.h"

#include <string.h>

struct kind_row {
	const char *name;
	bool is_counted, wants_document;
};

static const struct kind_row kinds[DESK_KINDS] = {
    [DESK_CODE] = {"numen.reissue", true, true},
    [DESK_NUMEN] = {"numen.replace", true, true},
    [DESK_LINK] = {"account.link", true, false},
    [DESK_RESCUE] = {"account.recovery-mail", true, true},
    [DESK_UNLOCK] = {"account.unlock", false, false},
    [DESK_LETTER] = {"account.letter", true, true},
    [DESK_PHONE] = {"account.phone-code", true, false},
    [DESK_INVITE] = {"account.invite", false, false},
};

const char *
desk_kind_name(enum desk_kind kind)
{
	return (size_t)kind < COUNT_OF(kinds) && kinds[kind].name != NULL
		   ? kinds[kind].name
		   : "desk.act";
}

bool
desk_act_is_counted(enum desk_kind kind)
{
	return (size_t)kind < COUNT_OF(kinds) && kinds[kind].is_counted;
}

bool
desk_act_wants_document(enum desk_kind kind)
{
	return (size_t)kind < COUNT_OF(kinds) && kinds[kind].wants_document;
}

static const char *const documents[DESK_DOCUMENTS] = {
    [DESK_CNI] = "cni",
    [DESK_PASSEPORT] = "passeport",
    [DESK_TITRE_SEJOUR] = "titre-sejour",
    [DESK_AUTRE] = "autre",
};

const char *
desk_document_name(enum desk_document document)
{
	return (size_t)document < COUNT_OF(documents) ? documents[document]
						      : NULL;
}

bool
desk_document_parse(const char *text, enum desk_document *document)
{
	for (int i = DESK_CNI; i < DESK_DOCUMENTS; i++)
		if (strcmp(text, documents[i]) == 0) {
			*document = (enum desk_document)i;
			return true;
		}
	return false;
}

const char *
desk_end_name(enum desk_end end)
{
	static const char *const names[DESK_ENDS] = {
	    [DESK_DONE] = "done",
	    [DESK_FAILED] = "failed",
	    [DESK_UNSURE] = "no-answer",
	    [DESK_NOT_NEEDED] = "not-needed",
	    [DESK_DENIED] = "no-operator",
	    [DESK_UNKNOWN] = "unknown",
	    [DESK_SELF] = "own-account",
	    [DESK_COLLEAGUE] = "desk-operator",
	    [DESK_PROTECTED] = "protected",
	    [DESK_SUSPENDED] = "suspended",
	    [DESK_CLOSED] = "left",
	    [DESK_QUOTA] = "quota",
	    [DESK_STALE] = "changed-meanwhile",
	    [DESK_UNSEEN] = "no-document",
	    [DESK_BAD_NUMBER] = "bad-number",
	    [DESK_TAKEN] = "number-taken",
	    [DESK_BAD_ADDRESS] = "bad-address",
	    [DESK_NO_RESCUE] = "no-recovery-mail",
	    [DESK_ACTIVATED] = "activated",
	    [DESK_NO_BIRTH] = "no-birth-date",
	    [DESK_ADMIN_LOCK] = "admin-lock",
	};

	return end < DESK_ENDS && names[end] != NULL ? names[end] : "unknown";
}
