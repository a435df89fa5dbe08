#include "lib/flow/desk_member.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/store/directory.h"

struct climb {
	struct arena *arena;
	const char *found[DESK_MEMBER_GROUPS]; /* groups met so far */
	size_t count, from;                    /* those of the last step */
	bool overfull;
};

static int
on_group(const struct directory_entry *entry, void *context, struct err *err)
{
	struct climb *climb = context;

	(void)err;
	for (size_t i = 0; i < climb->count; i++)
		if (strcmp(climb->found[i], entry->dn) == 0)
			return 0;
	if (climb->count == DESK_MEMBER_GROUPS)
		climb->overfull = true;
	else
		climb->found[climb->count++] =
		    arena_dup(climb->arena, entry->dn);
	return 0;
}

static int
on_self(const struct directory_entry *entry, void *context, struct err *err)
{
	struct climb *climb = context;

	/* The sweep goes below it, too: its own entry comes first. */
	return climb->count == 0 ? on_group(entry, context, err) : 0;
}

static const char *
has_member(struct arena *arena, const char *dn)
{
	return arena_printf(arena, "%s%s",
	    directory_equals(arena, "member", dn),
	    directory_equals(arena, "uniqueMember", dn));
}

/* Adds all groups below base that have dn, or else one of those that the last
 * step found, as a member. */
static int
step(struct directory *directory, const char *base, struct climb *climb,
    const char *dn, struct err *err)
{
	static const char *const attributes[] = {"cn", NULL};
	const char *filter = dn != NULL ? has_member(climb->arena, dn) : "";
	size_t end = climb->count;

	for (size_t i = climb->from; i < end; i++)
		filter = arena_printf(climb->arena, "%s%s", filter,
		    has_member(climb->arena, climb->found[i]));
	climb->from = end;
	return directory_sweep(directory, base,
	    arena_printf(climb->arena, "(|%s)", filter), attributes, on_group,
	    climb, err);
}

static bool
is_among(const struct climb *climb, const char *dn)
{
	for (size_t i = 0; i < climb->count; i++)
		if (strcmp(climb->found[i], dn) == 0)
			return true;
	return false;
}

/* The group's name as the server spells it. */
static enum lookup
spell(struct directory *directory, const char *group, struct arena *arena,
    const char **spelled, struct err *err)
{
	static const char *const attributes[] = {"cn", NULL};
	struct climb self = {.arena = arena};

	if (directory_sweep(directory, group, "(objectClass=*)", attributes,
		on_self, &self, err) != 0) {
		/* A base that is missing, or that nobody lets us see. */
		if (err->kind != ERR_CONFIG)
			return LOOKUP_FAILED;
		*err = (struct err){0};
	}
	*spelled = self.found[0];
	return self.count > 0 ? LOOKUP_FOUND : LOOKUP_ABSENT;
}

enum lookup
desk_group(struct directory *directory, const char *group, struct arena *arena,
    struct err *err)
{
	const char *spelled;

	return spell(directory, group, arena, &spelled, err);
}

static enum lookup
too_deep(struct err *err)
{
	(void)err_set(err, ERR_CONFIG,
	    "[desk]: groups are nested too deep to tell who is in them");
	return LOOKUP_FAILED;
}

static enum lookup
climb_from(struct directory *directory, const char *group, const char *dn,
    struct arena *arena, struct err *err)
{
	struct climb climb = {.arena = arena};
	const char *base = strchr(group, ',');

	for (int depth = 0; base != NULL && depth < DESK_MEMBER_DEPTH;
	     depth++) {
		size_t before = climb.count;

		if (step(directory, base + 1, &climb, depth == 0 ? dn : NULL,
			err) != 0)
			return LOOKUP_FAILED;
		if (is_among(&climb, group))
			return LOOKUP_FOUND;
		if (climb.overfull)
			break;
		if (climb.count == before)
			return LOOKUP_ABSENT;
	}
	return too_deep(err);
}

enum lookup
desk_member(struct directory *directory, const char *group, const char *dn,
    struct arena *arena, struct err *err)
{
	const char *spelled;
	enum lookup there;

	if (group[0] == '\0')
		return LOOKUP_ABSENT;
	there = spell(directory, group, arena, &spelled, err);
	return there == LOOKUP_FOUND
		   ? climb_from(directory, spelled, dn, arena, err)
		   : there;
}
