#include "captcha/captcha.h"

const struct conf_def captcha_conf_defs[] = {
    {"mode", CONF_CHOICE, offsetof(struct captcha_conf, mode), "pow_or_code", 0,
	0, "pow_or_code|code|pow|off",
	"what a form asks for: a calculation by the browser, a code to "
	"read or hear, either, or nothing (off: only when public_url is "
	"on loopback)"},
    {"calm_per_minute", CONF_COUNT,
	offsetof(struct captcha_conf, calm_per_minute), "300", 1, 1000000, NULL,
	"answered captchas a minute up to which the calculation costs its "
	"least; twice the work for twice as many, at most four times"},
    {NULL, CONF_TEXT, 0, NULL, 0, 0, NULL, NULL},
};
