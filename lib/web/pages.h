/*
 * pages - the handlers, by file.
 */
#ifndef LIB_WEB_PAGES_H
#define LIB_WEB_PAGES_H

#include "captcha/captcha.h"
#include "lib/flow/rescue.h"
#include "lib/people/birth.h"
#include "lib/people/number.h"
#include "lib/web/page.h"

/* plain_pages.c */
page_handler page_home_get, page_registered_get, page_changed_get;
page_handler page_well_known_change_get, page_security_txt_get;
page_handler page_missing, page_bad_method, page_foreign, page_unread;

/* recover_pages.c */
page_handler page_recover_get, page_recover_post;
page_handler page_resend_get, page_resend_post;

/* activate_pages.c */
page_handler page_letter_get, page_activate_get, page_activate_post;

/* remind_pages.c */
page_handler page_remind_get, page_remind_post;

/* help_pages.c */
page_handler page_numen_get, page_help_get, page_accessibility_get,
    page_privacy_get;

/* redeem_pages.c */
page_handler page_link_get, page_redeem_get, page_redeem_post;

/* change_pages.c */
page_handler page_change_get, page_change_post;

/* rescue_pages.c */
page_handler page_rescue_get, page_rescue_post;
const char *page_rescue_key(enum rescue_fault fault);

/* ticket_pages.c; those for both methods look at it */
page_handler page_disown, page_disowned_get;
page_handler page_verify_get, page_verify_post, page_confirm;
page_handler page_rescue_asked_get, page_confirmed_get;

/* desk_signin_pages.c */
page_handler page_desk_signin_get, page_desk_signin_post, page_desk_signout;
page_handler page_desk_enrol_get, page_desk_enrol_post;

/* desk_search_pages.c */
page_handler page_desk_root, page_desk_get, page_desk_post;

/* desk_person_pages.c: one person, and (desk_deed_pages.c) what is done */
page_handler page_desk_person_get, page_desk_person_post;

/* captcha_pages.c */
page_handler page_captcha_get;

/* static_pages.c */
page_handler page_static_get;

/* health_pages.c */
page_handler page_health_get, page_ready_get;

/* captcha_pages.c: what a guarded form needs, for its template. keep: the id
 * and code of the request stay (they were not used up). */
void page_add_captcha(const struct pages *pages, struct request *request,
    struct values *values, enum captcha_purpose purpose, bool keep);
struct captcha_answer page_captcha_answer(struct request *request);
/* Catalogue key of what is wrong with an answer that was refused. */
const char *page_captcha_fault(const struct pages *pages,
    struct request *request, enum captcha_purpose purpose);

/* field_faults.c: what is wrong beside "numen" and "naissance"; nothing when
 * nothing is. */
void page_number_fault(const struct pages *pages, struct request *request,
    struct values *values, enum number_fault fault);
void page_birth_fault(const struct pages *pages, struct request *request,
    struct values *values, enum birth_fault fault);

#endif
