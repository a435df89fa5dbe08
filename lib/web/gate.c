#include "lib/web/gate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/net.h"

enum { V6_HOME_BITS = 64, V4_BITS = 128 };

struct gate {
	struct gate_size size;
	pthread_mutex_t mutex; /* for all below */
	pthread_cond_t turn;
	unsigned inside;
	struct net_address places[GATE_PLACES_MAX];
	unsigned taken; /* of the places, the first ones */
};

struct gate *
gate_new(const struct gate_size *size)
{
	struct gate *gate = calloc(1, sizeof *gate);
	pthread_condattr_t attributes;

	assert(size->places <= GATE_PLACES_MAX);
	if (gate == NULL)
		abort();
	gate->size = *size;
	pthread_mutex_init(&gate->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->turn, &attributes);
	pthread_condattr_destroy(&attributes);
	return gate;
}

void
gate_free(struct gate *gate)
{
	if (gate == NULL)
		return;
	pthread_cond_destroy(&gate->turn);
	pthread_mutex_destroy(&gate->mutex);
	free(gate);
}

static struct net_address
home_of(const struct net_address *guest)
{
	return net_cut(guest, net_is_v4(guest) ? V4_BITS : V6_HOME_BITS);
}

static bool
is_same(const struct net_address *a, const struct net_address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool
take_place(struct gate *gate, const struct net_address *home)
{
	unsigned own = 0;

	for (unsigned i = 0; i < gate->taken; i++)
		own += is_same(&gate->places[i], home);
	if (gate->taken == gate->size.places || own >= gate->size.a_guest)
		return false;
	gate->places[gate->taken++] = *home;
	return true;
}

static void
give_place(struct gate *gate, const struct net_address *home)
{
	unsigned i = 0;

	while (!is_same(&gate->places[i], home))
		i++;
	gate->places[i] = gate->places[--gate->taken];
}

static bool
wait_turn(struct gate *gate, long wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	const struct timespec until = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
	int waited = 0;

	while (gate->inside == gate->size.inside && waited == 0)
		waited =
		    pthread_cond_timedwait(&gate->turn, &gate->mutex, &until);
	return gate->inside < gate->size.inside;
}

bool
gate_enter(struct gate *gate, const struct net_address *guest, long wait_ms)
{
	struct net_address home = home_of(guest);
	bool in = false;

	pthread_mutex_lock(&gate->mutex);
	if (take_place(gate, &home)) {
		in = wait_turn(gate, wait_ms);
		if (in)
			gate->inside++;
		else
			give_place(gate, &home);
	}
	pthread_mutex_unlock(&gate->mutex);
	return in;
}

void
gate_leave(struct gate *gate, const struct net_address *guest)
{
	struct net_address home = home_of(guest);

	pthread_mutex_lock(&gate->mutex);
	gate->inside--;
	give_place(gate, &home);
	pthread_cond_signal(&gate->turn);
	pthread_mutex_unlock(&gate->mutex);
}
