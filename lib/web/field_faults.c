#include "lib/web/pages.h"

static const char *
number_key(enum number_fault fault)
{
	switch (fault) {
	case NUMBER_FINE:
		break;
	case NUMBER_EMPTY:
		return "error.number.empty";
	case NUMBER_LENGTH:
		return "error.number.length";
	case NUMBER_ALPHABET:
		return "error.number.alphabet";
	case NUMBER_SHAPE:
		return "error.number.shape";
	}
	return NULL;
}

static const char *
birth_key(enum birth_fault fault)
{
	switch (fault) {
	case BIRTH_FINE:
		break;
	case BIRTH_EMPTY:
		return "error.birth.empty";
	case BIRTH_FORM:
		return "error.birth.form";
	case BIRTH_CALENDAR:
		return "error.birth.calendar";
	case BIRTH_YEAR:
		return "error.birth.year";
	}
	return NULL;
}

void
page_number_fault(const struct pages *pages, struct request *request,
    struct values *values, enum number_fault fault)
{
	const char *key = number_key(fault);

	if (key != NULL)
		page_error(pages, request, values, "numen", key);
}

void
page_birth_fault(const struct pages *pages, struct request *request,
    struct values *values, enum birth_fault fault)
{
	const char *key = birth_key(fault);

	if (key != NULL)
		page_error(pages, request, values, "naissance", key);
}
