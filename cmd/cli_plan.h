/*
 * cli_plan - what a plan would do, for people.
 */
#ifndef CMD_CLI_PLAN_H
#define CMD_CLI_PLAN_H

struct json;

/* What provision_summary() found, as two tables on standard output. */
void cli_plan_print(const struct json *summary);

#endif
