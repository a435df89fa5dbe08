/*
 * worker_watch - the worker looks after what it needs, and tells how that is.
 *
 * Every few seconds, in the main thread and with connections of its own: the
 * function libraries of Redis (ours to load, also after Redis was replaced by
 * an empty one), its clock, the directory, and how full the queue is. On
 * [worker] metrics_listen the monitoring reads that.
 */
#ifndef CMD_WORKER_WATCH_H
#define CMD_WORKER_WATCH_H

struct deadline;
struct secret;
struct settings;
struct watch;
struct workshop;

struct watch *watch_new(const struct settings *settings,
    const struct workshop *shop, const struct secret *bind_password,
    struct deadline *deadline);
void watch_free(struct watch *watch);

/* Where [worker] metrics_listen says. That it cannot is told in the log and no
 * reason to leave requests undone: two workers of one machine share the
 * configuration, and the second finds the place taken. */
void watch_open_door(struct watch *watch);
/* One look; seconds when everything is away. */
void watch_look(struct watch *watch);

#endif
