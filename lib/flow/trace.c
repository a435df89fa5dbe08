#include "lib/flow/trace.h"

#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/flow/hands.h"
#include "lib/flow/meters.h"
#include "lib/people/person.h"
#include "lib/store/audit.h"

void
trace_leave(struct hands *hands, const struct trace *trace)
{
	const struct person *person = trace->person;
	struct audit *audit = hands->shop->audit;
	struct audit_entry entry = {.event = trace->event,
	    .login = person != NULL ? person->login : NULL,
	    .uuid = person != NULL ? person->uuid : NULL,
	    .actor = trace->actor != NULL ? trace->actor : "visitor",
	    .ref = trace->ref,
	    .reason = trace->reason};
	struct err err = {0};
	char pseudonym[17];

	if (trace->typed != NULL) {
		audit_pseudonym(
		    audit, trace->typed, trace->typed_len, pseudonym);
		entry.subject = pseudonym;
	}
	if (audit_write(audit, &entry, &err) != 0) {
		metrics_add(meters_of(hands->shop->meters), METER_ERRORS,
		    ERROR_AUDIT, 0, 1);
		log_event(LOG_LEVEL_ERROR, "audit.failed", "ref", trace->ref,
		    "reason", err.text, NULL);
	}
	log_event(trace->is_alarm ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
	    trace->event, "ref", trace->ref, "reason",
	    trace->reason != NULL ? trace->reason : "none", NULL);
}
