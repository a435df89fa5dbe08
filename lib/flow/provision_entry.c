#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/flow/provision_internal.h"
#include "lib/people/digest.h"
#include "lib/people/leaving.h"
#include "lib/people/names.h"

size_t
provision_sources(const struct provision *provision,
    const struct feed_person *person, size_t key, struct arena *arena,
    const char *sources[PROVISION_SOURCES_MAX])
{
	const struct digest_keys *keys = provision->numbers;
	size_t count = 0;
	struct digest digest;

	if (person->has_numen) {
		digest = digest_source(keys, key, "NUMEN", person->numen.text);
		sources[count++] = arena_dup(arena, digest.text);
	}
	if (person->has_ine) {
		digest = digest_source(keys, key, "INE", person->ine.text);
		sources[count++] = arena_dup(arena, digest.text);
	}
	if (person->employee[0] != '\0') {
		digest = digest_source(keys, key, "EMP", person->employee);
		sources[count++] = arena_dup(arena, digest.text);
	}
	return count;
}

/* One attribute: {"name": "mail", "values": ["…"]}. */
static struct json *
add_attribute(struct json *list, const char *name)
{
	struct json *item = json_add(list, NULL, json_new_object());

	json_text(item, "name", name);
	return json_add(item, "values", json_new_array());
}

static void
add_one(struct json *list, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_add_text(add_attribute(list, name), value);
}

static void
add_proofs(const struct provision *provision, struct json *list,
    const struct feed_person *person, const char *login, struct arena *arena)
{
	const char *sources[PROVISION_SOURCES_MAX];
	size_t count = provision_sources(provision, person, 0, arena, sources);
	struct json *values;
	struct digest digest;

	if (person->has_numen || person->has_ine) {
		values = add_attribute(list, "rentreeProof");
		if (person->has_numen) {
			digest =
			    digest_proof(provision->numbers, 0, &person->numen);
			json_add_text(values, digest.text);
		}
		if (person->has_ine) {
			digest =
			    digest_proof(provision->numbers, 0, &person->ine);
			json_add_text(values, digest.text);
		}
	}
	digest = digest_birth(provision->numbers, 0, login, &person->birth);
	add_one(list, "rentreeBirth", digest.text);
	values = add_attribute(list, "rentreeSource");
	for (size_t i = 0; i < count; i++)
		json_add_text(values, sources[i]);
}

/* The desk searches by key; equal keys of two names stand once. */
const char **
provision_name_keys(const struct name_keys *names, struct arena *arena)
{
	const char *keys[] = {names->family, names->birth, names->given};
	const char **list =
	    arena_array(arena, COUNT_OF(keys) + 1, sizeof(char *));
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		bool again = keys[i][0] == '\0';

		for (size_t j = 0; j < count; j++)
			again = again || strcmp(keys[i], list[j]) == 0;
		if (!again)
			list[count++] = keys[i];
	}
	return list;
}

static void
add_list(struct json *list, const char *name, const char *const *values)
{
	struct json *array;

	if (*values == NULL)
		return;
	array = add_attribute(list, name);
	for (; *values != NULL; values++)
		json_add_text(array, *values);
}

static void
add_state(const struct provision *provision, struct json *list,
    const struct feed_person *person, struct arena *arena)
{
	struct leaving state = leaving_new(person->until_ms,
	    leaving_grace_ms(provision->conf, person->kinds),
	    provision->now_ms);
	char end[CLOCK_GENERALIZED];

	add_one(list, "rentreeState", state.state);
	if (state.end_ms != 0) {
		clock_generalized(state.end_ms, end);
		add_one(list, "rentreeStateEnd", end);
	}
	add_one(list, "rentreeLastSeen",
	    arena_printf(arena, "%d", provision->year));
}

struct json *
provision_entry(const struct provision *provision,
    const struct feed_person *person, const char *login, const char *mail,
    struct arena *arena)
{
	const struct name_keys keys = {names_key(arena, person->family),
	    names_key(arena, person->birth_family),
	    names_key(arena, person->given)};
	struct json *list = json_new_array();
	struct json *classes = add_attribute(list, "objectClass");

	json_add_text(classes, "inetOrgPerson");
	json_add_text(classes, "rentreeAccount");
	add_one(list, "uid", login);
	add_one(list, "cn",
	    arena_printf(arena, "%s %s", person->given, person->family));
	add_one(list, "sn", person->family);
	add_one(list, "givenName", person->given);
	add_one(list, "mail", mail);
	add_proofs(provision, list, person, login, arena);
	add_one(list, "rentreeBirthName", person->birth_family);
	add_one(list, "rentreeGivenNames", person->given_names);
	add_list(list, "rentreeNameKey", provision_name_keys(&keys, arena));
	add_one(list, "rentreeRecoveryMail", person->mail);
	add_list(list, "rentreeKind", person->kinds);
	add_list(list, "rentreeEstablishment",
	    (const char *const *)person->establishments);
	add_state(provision, list, person, arena);
	return list;
}
