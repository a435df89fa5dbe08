#include "tests/support/slapd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/base.h"

/* For atexit(3): the one server of this test program. */
static struct slapd *running;
static bool watching;

static const char policy_conf[] =
    "overlay ppolicy\n"
    "ppolicy_default \"cn=default,ou=policies," SLAPD_SUFFIX "\"\n"
    "ppolicy_hash_cleartext\n";

static const char config_ldif[] =
    "dn: cn=config\nobjectClass: olcGlobal\ncn: config\n"
    "olcPidFile: %s/pid\nolcThreads: 4\nolcLogLevel: none\n\n"
    "dn: cn=module{0},cn=config\nobjectClass: olcModuleList\n"
    "cn: module{0}\nolcModulePath: /usr/lib/ldap\n"
    "olcModuleLoad: back_mdb\nolcModuleLoad: ppolicy\n\n"
    "dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\n"
    "cn: schema\n\n"
    "include: file:///etc/ldap/schema/core.ldif\n\n"
    "include: file:///etc/ldap/schema/cosine.ldif\n\n"
    "include: file:///etc/ldap/schema/inetorgperson.ldif\n\n"
    "%s"
    "dn: olcDatabase={0}config,cn=config\n"
    "objectClass: olcDatabaseConfig\nolcDatabase: {0}config\n"
    "olcRootDN: " SLAPD_ROOT "\n\n"
    "dn: olcDatabase={1}mdb,cn=config\n"
    "objectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n"
    "olcDatabase: {1}mdb\nolcSuffix: " SLAPD_SUFFIX "\n"
    "olcRootDN: " SLAPD_ROOT "\nolcRootPW: " SLAPD_ROOT_PASSWORD "\n"
    "olcDbDirectory: %s/data\nolcDbMaxSize: 67108864\n"
    "olcDbNoSync: TRUE\nolcDbIndex: objectClass,uid eq\n\n"
    "dn: olcOverlay={0}ppolicy,olcDatabase={1}mdb,cn=config\n"
    "objectClass: olcOverlayConfig\nobjectClass: olcPPolicyConfig\n"
    "olcOverlay: {0}ppolicy\n"
    "olcPPolicyDefault: cn=default,ou=policies," SLAPD_SUFFIX "\n"
    "olcPPolicyHashCleartext: TRUE\n\n";

static const char base_ldif[] =
    "dn: " SLAPD_SUFFIX "\n"
    "objectClass: dcObject\nobjectClass: organization\n"
    "dc: test\no: Test\n\n"
    "dn: ou=people," SLAPD_SUFFIX "\n"
    "objectClass: organizationalUnit\nou: people\n\n"
    "dn: ou=logins," SLAPD_SUFFIX "\n"
    "objectClass: organizationalUnit\nou: logins\n\n"
    "dn: ou=services," SLAPD_SUFFIX "\n"
    "objectClass: organizationalUnit\nou: services\n\n"
    "dn: ou=groups," SLAPD_SUFFIX "\n"
    "objectClass: organizationalUnit\nou: groups\n\n"
    "dn: " SLAPD_WORKER "\n"
    "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
    "cn: rentree\nuserPassword: " SLAPD_WORKER_PASSWORD "\n\n"
    "dn: " SLAPD_PROVISION "\n"
    "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
    "cn: rentree-provision\nuserPassword: " SLAPD_PROVISION_PASSWORD "\n\n"
    "dn: cn=rentree-decoy,ou=services," SLAPD_SUFFIX "\n"
    "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
    "cn: rentree-decoy\nuserPassword: nobody-knows-it\n\n";

static void die(const char *fmt, ...) PRINTF_LIKE(1, 2)
    __attribute__((noreturn));

static void
die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("slapd for tests: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(99);
}

/* --- files -----------------------------------------------------------------
 */

static FILE *
create(const struct slapd *slapd, const char *name)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s", slapd->folder, name);
	file = fopen(path, "w");
	if (file == NULL)
		die("%s: %s", path, strerror(errno));
	return file;
}

static void
finish(FILE *file)
{
	if (ferror(file) || fclose(file) != 0)
		die("cannot write: %s", strerror(errno));
}

/* Copies a file of ldap-schema with our suffix in place of the sample's. */
static void
copy_schema(FILE *out, const char *name)
{
	static const char sample[] = "dc=example,dc=fr";
	char line[1024], path[256], *at;
	FILE *in;

	(void)snprintf(path, sizeof path, "ldap-schema/%s", name);
	in = fopen(path, "r");
	if (in == NULL)
		die("%s: %s (run from the repository root)", path,
		    strerror(errno));
	while (fgets(line, sizeof line, in) != NULL) {
		char *from = line;

		while ((at = strstr(from, sample)) != NULL) {
			(void)fprintf(out, "%.*s%s", (int)(at - from), from,
			    SLAPD_SUFFIX);
			from = at + sizeof sample - 1;
		}
		(void)fputs(from, out);
	}
	(void)fclose(in);
}

static void
write_conf(const struct slapd *slapd, const char *acl)
{
	FILE *out = create(slapd, "slapd.conf");
	static const char *const schemas[] = {
	    "core", "cosine", "inetorgperson"};
	char here[512];
	size_t i;

	if (getcwd(here, sizeof here) == NULL)
		die("getcwd: %s", strerror(errno));
	for (i = 0; i < sizeof schemas / sizeof schemas[0]; i++)
		(void)fprintf(
		    out, "include /etc/ldap/schema/%s.schema\n", schemas[i]);
	(void)fprintf(out, "include %s/ldap-schema/rentree.schema\n", here);
	(void)fprintf(out,
	    "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
	    "moduleload ppolicy\npidfile %s/pid\nloglevel none\nthreads 4\n"
	    "TLSCertificateFile %s/cert.pem\n"
	    "TLSCertificateKeyFile %s/key.pem\n",
	    slapd->folder, slapd->folder, slapd->folder);
	(void)fprintf(out,
	    "database mdb\nsuffix \"" SLAPD_SUFFIX "\"\n"
	    "rootdn \"" SLAPD_ROOT "\"\nrootpw " SLAPD_ROOT_PASSWORD "\n"
	    "directory %s/data\nmaxsize 67108864\ndbnosync\n"
	    "index objectClass,uid,entryUUID eq\n",
	    slapd->folder);
	if (acl == NULL)
		copy_schema(out, "acl.conf");
	else
		(void)fputs(acl, out);
	(void)fputs(policy_conf, out);
	finish(out);
}

/* --- processes -------------------------------------------------------------
 */

/* Starts argv with its output in <folder>/log; input (may be NULL) is what it
 * reads, output (may be NULL) receives what it says. */
static pid_t
spawn(const struct slapd *slapd, const char *const argv[], int in, int out)
{
	char log[128];
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(log, sizeof log, "%s/log", slapd->folder);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (in >= 0)
		(void)dup2(in, 0);
	(void)dup2(out >= 0 ? out : fd, 1);
	(void)dup2(fd, 2);
	/* execvp(3) promises not to change them. */
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void
tell_log(const struct slapd *slapd)
{
	char path[128], line[512];
	FILE *log;

	(void)snprintf(path, sizeof path, "%s/log", slapd->folder);
	log = fopen(path, "r");
	while (log != NULL && fgets(line, sizeof line, log) != NULL)
		(void)fputs(line, stderr);
	if (log != NULL)
		(void)fclose(log);
}

static void
wait_for(const struct slapd *slapd, pid_t pid, const char *what)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0) {
		tell_log(slapd);
		die("%s failed", what);
	}
}

static void
run(const struct slapd *slapd, const char *const argv[], const char *input)
{
	int in[2] = {-1, -1};
	pid_t pid;

	if (input != NULL && pipe2(in, O_CLOEXEC) != 0)
		die("pipe: %s", strerror(errno));
	pid = spawn(slapd, argv, in[0], -1);
	if (input != NULL) {
		(void)close(in[0]);
		if (write(in[1], input, strlen(input)) < 0)
			die("write: %s", strerror(errno));
		(void)close(in[1]);
	}
	wait_for(slapd, pid, argv[0]);
}

static void
make_certificate(const struct slapd *slapd)
{
	char key[96], cert[96];
	const char *argv[] = {"openssl", "req", "-x509", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
	    "-subj", "/CN=localhost", "-addext",
	    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
	    cert, NULL};

	(void)snprintf(key, sizeof key, "%s/key.pem", slapd->folder);
	(void)snprintf(cert, sizeof cert, "%s/cert.pem", slapd->folder);
	run(slapd, argv, NULL);
}

static int
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		die("no port: %s", strerror(errno));
	(void)close(fd);
	return ntohs(address.sin_port);
}

static bool
answers(const struct slapd *slapd)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)slapd->port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	(void)close(fd);
	return ok;
}

static void
sleep_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&time, NULL);
}

void
slapd_again(struct slapd *slapd)
{
	char conf[96], urls[352];
	const char *argv[] = {"/usr/sbin/slapd", slapd->is_config ? "-F" : "-f",
	    conf, "-h", urls, "-d", "0", NULL};
	int tries;

	(void)snprintf(conf, sizeof conf, "%s/slapd.%s", slapd->folder,
	    slapd->is_config ? "d" : "conf");
	(void)snprintf(urls, sizeof urls, "%s %s %s", slapd->ldap, slapd->ldapi,
	    slapd->is_config ? "" : slapd->ldaps);
	slapd->pid = spawn(slapd, argv, -1, -1);
	for (tries = 0; !answers(slapd); tries++) {
		if (tries == 500 || waitpid(slapd->pid, NULL, WNOHANG) != 0) {
			tell_log(slapd);
			die("slapd does not start");
		}
		sleep_ms(20);
	}
}

void
slapd_halt(struct slapd *slapd)
{
	if (slapd->pid <= 0)
		return;
	(void)kill(slapd->pid, SIGTERM);
	(void)kill(slapd->pid, SIGCONT); /* a failed test left it stopped */
	(void)waitpid(slapd->pid, NULL, 0);
	slapd->pid = 0;
}

/* --- life ------------------------------------------------------------------
 */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
slapd_stop(struct slapd *slapd)
{
	slapd_halt(slapd);
	if (slapd->folder[0] != '\0')
		(void)nftw(slapd->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	slapd->folder[0] = '\0';
	running = NULL;
}

static void
stop_at_exit(void)
{
	if (running != NULL)
		slapd_stop(running);
}

static void
prepare(struct slapd *slapd)
{
	char *data;

	memset(slapd, 0, sizeof *slapd);
	(void)snprintf(
	    slapd->folder, sizeof slapd->folder, "/tmp/rentree-slapd-XXXXXX");
	if (mkdtemp(slapd->folder) == NULL)
		die("mkdtemp: %s", strerror(errno));
	if (!watching)
		(void)atexit(stop_at_exit);
	watching = true;
	running = slapd;
	slapd->port = free_port();
	(void)snprintf(slapd->ldap, sizeof slapd->ldap, "ldap://127.0.0.1:%d",
	    slapd->port);
	slapd->secure_port = free_port();
	(void)snprintf(slapd->ldaps, sizeof slapd->ldaps,
	    "ldaps://127.0.0.1:%d", slapd->secure_port);
	(void)snprintf(slapd->ldapi, sizeof slapd->ldapi,
	    "ldapi://%%2Ftmp%%2F%s%%2Fldapi", slapd->folder + 5);
	(void)snprintf(
	    slapd->ca, sizeof slapd->ca, "%s/cert.pem", slapd->folder);
	data = slapd->ca + strlen(slapd->folder);
	(void)snprintf(data, 16, "/data");
	if (mkdir(slapd->ca, 0700) != 0)
		die("mkdir: %s", strerror(errno));
	(void)snprintf(data, 16, "/cert.pem");
}

void
slapd_start(struct slapd *slapd, const char *ldif, const char *acl)
{
	char conf[96], file[96];
	const char *argv[] = {
	    "/usr/sbin/slapadd", "-q", "-f", conf, "-l", file, NULL};
	FILE *out;

	prepare(slapd);
	make_certificate(slapd);
	write_conf(slapd, acl);
	out = create(slapd, "start.ldif");
	(void)fputs(base_ldif, out);
	copy_schema(out, "ppolicy.ldif");
	(void)fprintf(out, "\n%s", ldif != NULL ? ldif : "");
	finish(out);
	(void)snprintf(conf, sizeof conf, "%s/slapd.conf", slapd->folder);
	(void)snprintf(file, sizeof file, "%s/start.ldif", slapd->folder);
	run(slapd, argv, NULL);
	slapd_again(slapd);
}

/* A file of ldap-schema, as the root identity. */
static void
change_by_file(const struct slapd *slapd, const char *name)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		die("out of memory");
	copy_schema(out, name);
	finish(out);
	slapd_change(slapd, text);
	free(text);
}

static void
write_config(const struct slapd *slapd, enum slapd_schema when)
{
	char include[640] = "", here[512];
	FILE *out = create(slapd, "config.ldif");

	if (getcwd(here, sizeof here) == NULL)
		die("getcwd: %s", strerror(errno));
	if (when == SLAPD_SCHEMA_BEFORE)
		(void)snprintf(include, sizeof include,
		    "include: file://%s/ldap-schema/rentree.ldif\n\n", here);
	(void)fprintf(out, config_ldif, slapd->folder, include, slapd->folder);
	finish(out);
}

void
slapd_start_config(struct slapd *slapd, enum slapd_schema when)
{
	char folder[96], file[96];
	const char *argv[] = {
	    "/usr/sbin/slapadd", "-n", "0", "-F", folder, "-l", file, NULL};

	prepare(slapd);
	slapd->is_config = true;
	write_config(slapd, when);
	(void)snprintf(folder, sizeof folder, "%s/slapd.d", slapd->folder);
	(void)snprintf(file, sizeof file, "%s/config.ldif", slapd->folder);
	if (mkdir(folder, 0700) != 0)
		die("mkdir: %s", strerror(errno));
	run(slapd, argv, NULL);
	slapd_again(slapd);
	if (when == SLAPD_SCHEMA_AFTER)
		change_by_file(slapd, "rentree.ldif");
	change_by_file(slapd, "acl.ldif");
	slapd_change(slapd, base_ldif);
	change_by_file(slapd, "ppolicy.ldif");
}

/* --- asking and changing ---------------------------------------------------
 */

void
slapd_change(const struct slapd *slapd, const char *ldif)
{
	char url[192];
	const char *argv[] = {"ldapmodify", "-a", "-x", "-H", url, "-D",
	    SLAPD_ROOT, "-w", SLAPD_ROOT_PASSWORD, NULL};

	(void)snprintf(url, sizeof url, "%s", slapd->ldapi);
	run(slapd, argv, ldif);
}

/* What follows the name in LDIF: ": text" or ":: base64". Returns whether it
 * was taken. */
static bool
take_value(char *line, const char *part, char *out, size_t room)
{
	size_t len = strlen(out);

	line += strspn(line, ": ");
	line[strcspn(line, "\n")] = '\0';
	if (strstr(line, part) == NULL)
		return false;
	(void)snprintf(
	    out + len, room - len, "%s%s", len > 0 ? "\n" : "", line);
	return true;
}

int
slapd_values(const struct slapd *slapd, const char *dn, const char *attribute,
    const char *part, char *out, size_t room)
{
	char url[192], base[256], wanted[64], line[4096];
	const char *argv[] = {"ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no",
	    "-H", url, "-D", SLAPD_ROOT, "-w", SLAPD_ROOT_PASSWORD, "-s",
	    "base", "-b", base, "(objectClass=*)", wanted, NULL};
	size_t len = strlen(attribute);
	int pipes[2], count = 0;
	FILE *answer;
	pid_t pid;

	(void)snprintf(url, sizeof url, "%s", slapd->ldapi);
	(void)snprintf(base, sizeof base, "%s", dn);
	(void)snprintf(wanted, sizeof wanted, "%s", attribute);
	if (pipe2(pipes, O_CLOEXEC) != 0)
		die("pipe: %s", strerror(errno));
	pid = spawn(slapd, argv, -1, pipes[1]);
	(void)close(pipes[1]);
	answer = fdopen(pipes[0], "r");
	out[0] = '\0';
	while (answer != NULL && fgets(line, sizeof line, answer) != NULL)
		if (strncmp(line, attribute, len) == 0 && line[len] == ':' &&
		    take_value(line + len, part, out, room))
			count++;
	if (answer != NULL)
		(void)fclose(answer);
	wait_for(slapd, pid, "ldapsearch");
	return count;
}

void
slapd_value(const struct slapd *slapd, const char *dn, const char *attribute,
    char *out, size_t room)
{
	(void)slapd_values(slapd, dn, attribute, "", out, room);
	out[strcspn(out, "\n")] = '\0';
}
