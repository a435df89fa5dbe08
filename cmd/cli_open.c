#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cli.h"
#include "cmd/common_keys.h"
#include "lib/base/err.h"
#include "lib/store/audit.h"
#include "lib/store/deadline.h"
#include "lib/store/directory.h"
#include "lib/store/kv.h"

int
cli_settings(struct cli *cli, struct err *err)
{
	if (cli->has_settings)
		return 0;
	if (settings_load(&cli->settings, cli->config) != 0)
		return err_set(err, ERR_CONFIG, "%s", "");
	cli->has_settings = true;
	return 0;
}

/*
 * Root may be the first to write the file, before the worker ever started:
 * then it goes to the owner of its folder, or the worker could not write it.
 */
static void
give_to_folder(struct cli *cli, const char *path)
{
	char *folder = arena_dup(&cli->arena, path);
	char *slash = strrchr(folder, '/');
	struct stat above, file;

	if (geteuid() != 0 || slash == NULL || slash == folder)
		return;
	*slash = '\0';
	if (stat(folder, &above) == 0 && stat(path, &file) == 0 &&
	    file.st_size == 0 && file.st_uid == 0 && above.st_uid != 0 &&
	    chown(path, above.st_uid, above.st_gid) != 0)
		fprintf(stderr, "%s: cannot be given to the owner of %s\n",
		    path, folder);
}

int
cli_audit(struct cli *cli, struct err *err)
{
	const struct settings *s = &cli->settings;

	if (cli->audit != NULL)
		return 0;
	if (cli_settings(cli, err) != 0 ||
	    keys_read(s->keys.dir, KEYS_WORKER, "audit.key", &cli->audit_key,
		err) != 0)
		return -1;
	cli->audit = audit_open(s->audit.file, &cli->audit_key, err);
	if (cli->audit == NULL)
		return -1;
	give_to_folder(cli, s->audit.file);
	return 0;
}

int
cli_directory(struct cli *cli, struct err *err)
{
	const struct settings *s = &cli->settings;
	struct directory_input input = {.conf = &s->directory,
	    .attributes = &s->attributes,
	    .own_domains = &s->site.own_domains,
	    .bind_dn = s->provision.bind_dn,
	    .password = &cli->password,
	    .only_first_uri = true};

	if (cli->directory != NULL)
		return 0;
	if (cli_settings(cli, err) != 0 || directory_library_init(err) != 0)
		return -1;
	if (secret_read_password(
		s->provision.bind_password_file, &cli->password, err) != 0)
		return err_in(err, "[provision] bind_password_file");
	cli->deadline = deadline_new();
	input.deadline = cli->deadline;
	cli->directory = directory_new(&input);
	return 0;
}

int
cli_kv(struct cli *cli, struct err *err)
{
	if (cli->kv != NULL)
		return 0;
	if (cli_settings(cli, err) != 0)
		return -1;
	cli->kv = kv_new(&cli->settings.redis, KV_CLI, CLI_KV_TIMEOUT_MS);
	return 0;
}

int
cli_numbers(struct cli *cli, struct err *err)
{
	if (cli->numbers.count > 0)
		return 0;
	if (cli_settings(cli, err) != 0)
		return -1;
	return digest_open_keys(
	    arena_printf(&cli->arena, "%s/worker", cli->settings.keys.dir),
	    &cli->numbers, err);
}

int
cli_sealer(struct cli *cli, struct err *err)
{
	const char *dir;

	if (cli->sealer.mac_key != NULL)
		return 0;
	if (cli_settings(cli, err) != 0)
		return -1;
	dir = cli->settings.keys.dir;
	if (keys_read_sealer(dir, &cli->sealer, err) != 0 ||
	    keys_read(
		dir, KEYS_WORKER, "operator.key", &cli->operator_key, err) != 0)
		return -1;
	cli->sealer.mac_key = cli->operator_key.bytes;
	return 0;
}

void
cli_close(struct cli *cli)
{
	kv_free(cli->kv);
	directory_free(cli->directory);
	deadline_free(cli->deadline);
	audit_close(cli->audit);
	digest_close_keys(&cli->numbers);
	secret_free(&cli->password);
	secret_free(&cli->operator_key);
	secret_free(&cli->audit_key);
	if (cli->has_settings)
		settings_free(&cli->settings);
	arena_reset(&cli->arena);
}

const char *
cli_actor(struct cli *cli)
{
	const struct passwd *user = getpwuid(getuid());

	return user != NULL
		   ? arena_printf(&cli->arena, "operator:%s", user->pw_name)
		   : arena_printf(&cli->arena, "operator:%ld", (long)getuid());
}
