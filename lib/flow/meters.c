#include "lib/flow/meters.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/text.h"

enum { LANGUAGES_MAX = 8, BOTH = METERS_WEB | METERS_WORKER };

struct meters {
	struct metrics *metrics;
	const char *languages[LANGUAGES_MAX + 2];
};

/* --- the words ------------------------------------------------------------ */

static const char *const versions[] = {RENTREE_VERSION, NULL};
static const char *const flows[] = {"recover", "remind", "activate", "resend",
    "change", "rescue", "invite", "notice", NULL};
static const char *const parts[] = {
    "redis", "clock", "directory", "mail", NULL};
static const char *const ways[] = {"work", "picture", "sound", NULL};
static const char *const answers[] = {"work", "code", "none", NULL};
static const char *const verdicts[] = {"right", "wrong", NULL};
static const char *const codes[] = {"2xx", "3xx", "4xx", "5xx", NULL};
static const char *const mails[] = {"accepted", "deferred", "refused", NULL};
static const char *const ends[] = {
    "finished", "later", "dropped", "failed", NULL};
static const char *const lanes[] = {"interactive", "mail", "bulk", NULL};
static const char *const queues[] = {"mail", "bulk", NULL};
static const char *const errors[] = {
    "redis", "directory", "smtp", "audit", NULL};
static const char *const kinds[] = {"recover", "remind", "activate", "resend",
    "invite", "farewell", "follow-operator", "expel", "follow", "intent",
    "errand", "peek", "redeem", "change", "disown", "address", "confirm",
    "letter", "desk-signin", "desk-enrol", "desk-signout", "desk-search",
    "desk-look", "desk-deed", "other", NULL};

/* By their events; an invitation is never asked for on a page. */
static const char *const acts[] = {"numen.reissue", "numen.replace",
    "account.link", "account.recovery-mail", "account.unlock", "account.letter",
    "account.phone-code", "other", NULL};
static const char *const act_ends[] = {
    "done", "not-needed", "quota", "failed", "refused", NULL};

/* What the names of checks begin with (lib/store/limiter.h), and what that is
 * about; the first that fits. */
static const char *const limit_prefixes[] = {
    "pace", "budget", "a", "p", "i", "n", "r", "s", "m", "b", "u", "l"};
static const char *const limits[] = {"pace", "budget", "address", "look",
    "identity", "number", "pause", "account", "mailbox", "bind", "login",
    "letter", "other", NULL};

#define FLOW                                                                   \
	{                                                                      \
		"flow", flows                                                  \
	}
#define LANGUAGE                                                               \
	{                                                                      \
		"language", NULL /* the site's */                              \
	}

static const struct {
	unsigned programs;
	struct metrics_def def;
} TABLE[METERS] = {
    [METER_BUILD] = {BOTH,
	{"rentree_build_info", METRICS_GAUGE, "1; the version is the label.",
	    {{"version", versions}}}},
    [METER_READY] = {BOTH,
	{"rentree_ready", METRICS_GAUGE,
	    "Whether a part that is needed is there, as /readyz says.",
	    {{"part", parts}}}},
    [METER_CLOCK] = {BOTH,
	{"rentree_redis_clock_offset_seconds", METRICS_GAUGE_MS,
	    "This machine's clock less that of Redis.", {{0}}}},
    [METER_LIMITS] = {BOTH,
	{"rentree_limits_hit_total", METRICS_COUNTER,
	    "Refusals by a limit, by what was counted.", {{"limit", limits}}}},
    [METER_ERRORS] = {BOTH,
	{"rentree_errors_total", METRICS_COUNTER,
	    "Calls of a back end that failed, or were refused by it.",
	    {{"backend", errors}}}},
    [METER_REDIS] = {BOTH,
	{"rentree_redis_duration_seconds", METRICS_DURATION,
	    "Commands to Redis, connecting included.", {{0}}}},
    [METER_ASKED] = {METERS_WEB,
	{"rentree_asked_total", METRICS_COUNTER,
	    "Forms that were accepted, whoever they are about.",
	    {FLOW, LANGUAGE}}},
    [METER_CAPTCHA_SHOWN] = {METERS_WEB,
	{"rentree_captcha_shown_total", METRICS_COUNTER,
	    "Calculations offered with a form; pictures and sounds fetched.",
	    {{"way", ways}}}},
    [METER_CAPTCHA_ANSWERED] = {METERS_WEB,
	{"rentree_captcha_answered_total", METRICS_COUNTER,
	    "Answers to captchas; one used before counts as wrong.",
	    {{"way", answers}, {"result", verdicts}}}},
    [METER_CAPTCHA_BITS] = {METERS_WEB,
	{"rentree_captcha_work_bits", METRICS_GAUGE,
	    "How hard the calculation is just now.", {{0}}}},
    [METER_HTTP] = {METERS_WEB,
	{"rentree_http_responses_total", METRICS_COUNTER,
	    "Answers to visitors.", {{"code", codes}}}},
    [METER_HTTP_TIME] = {METERS_WEB,
	{"rentree_http_duration_seconds", METRICS_DURATION,
	    "From the header of a request until its answer is written.",
	    {{0}}}},
    [METER_HTTP_CONNECTIONS] = {METERS_WEB,
	{"rentree_http_connections", METRICS_GAUGE,
	    "Connections of visitors that are open.", {{0}}}},
    [METER_SENT] = {METERS_WORKER,
	{"rentree_sent_total", METRICS_COUNTER,
	    "Mails that a relay accepted, by what they are for.",
	    {FLOW, LANGUAGE}}},
    [METER_OPENED] = {METERS_WORKER,
	{"rentree_opened_total", METRICS_COUNTER,
	    "Live links whose form was shown.", {FLOW, LANGUAGE}}},
    [METER_DONE] = {METERS_WORKER,
	{"rentree_done_total", METRICS_COUNTER,
	    "Passwords that were changed, and rescue addresses verified.",
	    {FLOW, LANGUAGE}}},
    [METER_MAILS] = {METERS_WORKER,
	{"rentree_mails_total", METRICS_COUNTER,
	    "Mails handed to a relay, by its answer.", {{"result", mails}}}},
    [METER_SMTP] = {METERS_WORKER,
	{"rentree_smtp_duration_seconds", METRICS_DURATION,
	    "Handing over one mail, connecting included.", {{0}}}},
    [METER_LDAP] = {METERS_WORKER,
	{"rentree_ldap_duration_seconds", METRICS_DURATION,
	    "Calls of the directory, connecting included.", {{0}}}},
    [METER_REQUESTS] = {METERS_WORKER,
	{"rentree_requests_total", METRICS_COUNTER,
	    "Requests worked on, by how that ended.",
	    {{"kind", kinds}, {"result", ends}}}},
    [METER_REQUEST_TIME] = {METERS_WORKER,
	{"rentree_request_duration_seconds", METRICS_DURATION,
	    "Work on one request, waiting in the queue not included.",
	    {{"lane", lanes}}}},
    [METER_DESK] = {METERS_WORKER,
	{"rentree_desk_acts_total", METRICS_COUNTER,
	    "What operators of the desk asked for, by how that ended.",
	    {{"kind", acts}, {"result", act_ends}}}},
    [METER_QUEUE_DEPTH] = {METERS_WORKER,
	{"rentree_queue_depth", METRICS_GAUGE,
	    "Requests in the queue, those under way included.",
	    {{"lane", queues}}}},
    [METER_QUEUE_AGE] = {METERS_WORKER,
	{"rentree_queue_oldest_seconds", METRICS_GAUGE_MS,
	    "Age of the oldest request in the queue; 0 when there is none.",
	    {{"lane", queues}}}},
    [METER_QUEUE_HELD] = {METERS_WORKER,
	{"rentree_queue_held", METRICS_GAUGE,
	    "Requests that a worker has in hand.", {{0}}}},
    [METER_QUEUE_DEAD] = {METERS_WORKER,
	{"rentree_queue_dead", METRICS_GAUGE,
	    "Requests given up, for the operator to look at.", {{0}}}},
    [METER_THREADS] = {METERS_WORKER,
	{"rentree_worker_threads", METRICS_GAUGE,
	    "Threads of this process, by lane.", {{"lane", lanes}}}},
    [METER_THREADS_BUSY] = {METERS_WORKER,
	{"rentree_worker_threads_busy", METRICS_GAUGE,
	    "Threads that work on a request just now.", {{"lane", lanes}}}},
};

/* --- life ----------------------------------------------------------------- */

static void
take_languages(struct meters *meters, const struct conf_words *languages)
{
	size_t n = 0;

	while (n < languages->count && n < LANGUAGES_MAX) {
		meters->languages[n] = languages->list[n];
		n++;
	}
	meters->languages[n] = "other";
}

struct meters *
meters_new(enum meters_program program, const struct conf_words *languages)
{
	struct meters *meters = calloc(1, sizeof *meters);
	struct metrics_def defs[METERS];

	if (meters == NULL)
		err_no_memory();
	take_languages(meters, languages);
	for (size_t i = 0; i < METERS; i++) {
		defs[i] = TABLE[i].def;
		if ((TABLE[i].programs & program) == 0)
			defs[i].name = NULL;
		for (size_t k = 0; k < METRICS_LABELS; k++)
			if (defs[i].labels[k].name != NULL &&
			    defs[i].labels[k].values == NULL)
				defs[i].labels[k].values = meters->languages;
	}
	meters->metrics = metrics_new(defs, METERS);
	metrics_set(meters->metrics, METER_BUILD, 0, 0, 1);
	return meters;
}

void
meters_free(struct meters *meters)
{
	if (meters == NULL)
		return;
	metrics_free(meters->metrics);
	free(meters);
}

struct metrics *
meters_of(struct meters *meters)
{
	return meters != NULL ? meters->metrics : NULL;
}

struct meter
meters_backend(struct meters *meters, enum meter_error backend)
{
	static const enum meter_id took[] = {[ERROR_REDIS] = METER_REDIS,
	    [ERROR_DIRECTORY] = METER_LDAP,
	    [ERROR_SMTP] = METER_SMTP};

	return (struct meter){.metrics = meters_of(meters),
	    .took = took[backend],
	    .failed = METER_ERRORS,
	    .which = backend};
}

/* --- counting ------------------------------------------------------------- */

void
meters_step(struct meters *meters, enum meter_id id, enum meter_flow flow,
    const char *language)
{
	if (meters != NULL)
		metrics_add(meters->metrics, id, flow,
		    metrics_place(
			meters->languages, language != NULL ? language : ""),
		    1);
}

const char *
meters_flow_name(enum meter_flow flow)
{
	return flows[flow];
}

enum meter_flow
meters_flow_of_purpose(enum captcha_purpose purpose)
{
	switch (purpose) {
	case CAPTCHA_RECOVER:
		return FLOW_RECOVER;
	case CAPTCHA_REMIND:
		return FLOW_REMIND;
	case CAPTCHA_ACTIVATE:
		return FLOW_ACTIVATE;
	case CAPTCHA_CHANGE:
		return FLOW_CHANGE;
	case CAPTCHA_ADDRESS:
		return FLOW_RESCUE;
	case CAPTCHA_RESEND:
		return FLOW_RESEND;
	}
	return FLOW_OTHER;
}

enum meter_flow
meters_flow_of_letter(const char *letter)
{
	if (strcmp(letter, "verify") == 0)
		return FLOW_RESCUE;
	return (enum meter_flow)metrics_place(flows, letter);
}

static size_t
limit_place(const struct limit_list *list, const struct limit_verdict *verdict)
{
	const char *name = list->checks[verdict->which].name;
	size_t place = 0;

	while (place < COUNT_OF(limit_prefixes) &&
	       !text_has_prefix(name, limit_prefixes[place]))
		place++;
	return place;
}

void
meters_limit(struct meters *meters, const struct limit_list *list,
    const struct limit_verdict *verdict)
{
	if (verdict->refused)
		metrics_add(meters_of(meters), METER_LIMITS,
		    limit_place(list, verdict), 0, 1);
}

const char *
meters_limit_name(
    const struct limit_list *list, const struct limit_verdict *verdict)
{
	return limits[limit_place(list, verdict)];
}

void
meters_captcha(
    struct meters *meters, const struct captcha_answer *answer, bool right)
{
	const char *way = "none";

	if (answer->code != NULL && answer->code[0] != '\0')
		way = "code";
	else if (answer->pow != NULL && answer->pow[0] != '\0')
		way = "work";
	metrics_add(meters_of(meters), METER_CAPTCHA_ANSWERED,
	    metrics_place(answers, way), right ? 0 : 1, 1);
}

void
meters_desk(struct meters *meters, enum desk_kind kind, enum desk_end end)
{
	const char *how = end == DESK_UNSURE ? "failed" : desk_end_name(end);

	metrics_add(meters_of(meters), METER_DESK,
	    metrics_place(acts, desk_kind_name(kind)),
	    metrics_place(act_ends, how), 1);
}

void
meters_request(
    struct meters *meters, enum request_kind kind, enum meter_request end)
{
	const char *name = request_kind_name(kind);

	metrics_add(meters_of(meters), METER_REQUESTS,
	    metrics_place(kinds, name), end, 1);
}
