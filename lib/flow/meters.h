/*
 * meters - what the two daemons count, by its meaning.
 *
 * One table for both, in meters.c, where the words of every label stand;
 * meters_new() takes the part that belongs to a program. rentree-metrics(5)
 * has it for people, and a test holds the two together.
 *
 * The way of a person is asked (web) -> sent, opened, done (worker), by flow
 * and language. A flow is a door: what is asked at "resend" leaves as
 * "recover" or "activate". Nothing here tells who anybody is: flows, languages
 * of the site, kinds of limits.
 */
#ifndef LIB_FLOW_METERS_H
#define LIB_FLOW_METERS_H

#include "captcha/captcha.h"
#include "lib/base/conf.h"
#include "lib/base/metrics.h"
#include "lib/flow/desk_act.h"
#include "lib/store/envelope.h"
#include "lib/store/limiter.h"

enum meter_id {
	METER_BUILD,
	METER_READY,
	METER_CLOCK,
	METER_LIMITS,
	METER_ERRORS,
	METER_REDIS,
	/* web */
	METER_ASKED,
	METER_CAPTCHA_SHOWN,
	METER_CAPTCHA_ANSWERED,
	METER_CAPTCHA_BITS,
	METER_HTTP,
	METER_HTTP_TIME,
	METER_HTTP_CONNECTIONS,
	/* worker */
	METER_SENT,
	METER_OPENED,
	METER_DONE,
	METER_MAILS,
	METER_SMTP,
	METER_LDAP,
	METER_REQUESTS,
	METER_REQUEST_TIME,
	METER_DESK,
	METER_QUEUE_DEPTH,
	METER_QUEUE_AGE,
	METER_QUEUE_HELD,
	METER_QUEUE_DEAD,
	METER_THREADS,
	METER_THREADS_BUSY,
	METERS
};

enum meters_program { METERS_WEB = 1, METERS_WORKER = 2 };

/* The places of the labels' words; meters.c has the words. */
enum meter_flow {
	FLOW_RECOVER,
	FLOW_REMIND,
	FLOW_ACTIVATE,
	FLOW_RESEND,
	FLOW_CHANGE,
	FLOW_RESCUE,
	FLOW_INVITE,
	FLOW_OTHER
};
enum meter_part { PART_REDIS, PART_CLOCK, PART_DIRECTORY, PART_MAIL };
enum meter_way { WAY_WORK, WAY_PICTURE, WAY_SOUND };
enum meter_mail { MAIL_ACCEPTED, MAIL_DEFERRED, MAIL_REFUSED };
enum meter_request { DONE_FINISHED, DONE_LATER, DONE_DROPPED, DONE_FAILED };
enum meter_lane { LANE_INTERACTIVE, LANE_MAIL, LANE_BULK };
enum meter_error { ERROR_REDIS, ERROR_DIRECTORY, ERROR_SMTP, ERROR_AUDIT };

struct meters;

struct meters *meters_new(
    enum meters_program program, const struct conf_words *languages);
void meters_free(struct meters *meters);
/* NULL for NULL, so that counting goes nowhere. */
struct metrics *meters_of(struct meters *meters);

/* For the module that speaks to a back end. */
struct meter meters_backend(struct meters *meters, enum meter_error backend);

/* METER_ASKED, _SENT, _OPENED or _DONE. */
void meters_step(struct meters *meters, enum meter_id id, enum meter_flow flow,
    const char *language);
const char *meters_flow_name(enum meter_flow flow);
enum meter_flow meters_flow_of_purpose(enum captcha_purpose purpose);
/* By the name of its template; FLOW_OTHER is a notice. */
enum meter_flow meters_flow_of_letter(const char *letter);

/* A limit was hit: by the name of the check that refused. */
void meters_limit(struct meters *meters, const struct limit_list *list,
    const struct limit_verdict *verdict);
const char *meters_limit_name(
    const struct limit_list *list, const struct limit_verdict *verdict);
void meters_captcha(
    struct meters *meters, const struct captcha_answer *answer, bool right);
/* An act of the web desk, by its event and by what became of it. */
void meters_desk(struct meters *meters, enum desk_kind kind, enum desk_end end);
void meters_request(
    struct meters *meters, enum request_kind kind, enum meter_request end);

#endif
