/* Wire forms of desk_visit.h. */
#include "lib/flow/desk_visit.h"

#include "lib/base/arena.h"
#include "lib/base/pack.h"

void
desk_visit_pack(const struct desk_visit *visit, struct buf *out)
{
	pack_text(out, visit->cookie);
	visitor_pack(visit->language, visit->ref, out);
}

void
desk_visit_unpack(
    struct unpack *in, struct arena *arena, struct desk_visit *visit)
{
	visit->cookie = unpack_text(in, arena);
	visitor_unpack(in, visit->language, visit->ref);
}

void
desk_list_pack(char *const *list, struct buf *out)
{
	uint8_t count = 0;

	while (list != NULL && list[count] != NULL && count < DESK_LIST_MAX)
		count++;
	pack_u8(out, count);
	for (uint8_t i = 0; i < count; i++)
		pack_text(out, list[i]);
}

char **
desk_list_unpack(struct unpack *in, struct arena *arena)
{
	uint8_t count = unpack_u8(in);
	char **list;

	if (count > DESK_LIST_MAX) {
		in->bad = true;
		count = 0;
	}
	list = arena_array(arena, count + 1U, sizeof *list);
	for (uint8_t i = 0; i < count; i++)
		list[i] = arena_dup(arena, unpack_text(in, arena));
	return list;
}

void
desk_host_pack(const struct desk_host *host, struct buf *out)
{
	pack_u8(out, (uint8_t)host->door);
	pack_text(out, host->login);
	desk_list_pack(host->establishments, out);
	pack_u8(out, host->has_factor);
}

void
desk_host_unpack(struct unpack *in, struct arena *arena, struct desk_host *host)
{
	uint8_t door = unpack_u8(in), has_factor;

	host->login = unpack_text(in, arena);
	host->establishments = desk_list_unpack(in, arena);
	has_factor = unpack_u8(in);
	in->bad = in->bad || door >= DESK_DOORS || has_factor > 1;
	host->door = in->bad ? DESK_DOOR_CLOSED : (enum desk_door)door;
	host->has_factor = has_factor != 0;
}
