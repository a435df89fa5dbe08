#include "lib/people/people_conf.h"

#include "lib/people/login.h"

enum { DAY_S = 86400, LONGEST_GRACE_S = 3650 * DAY_S };

#define SITE(field) offsetof(struct site_conf, field)
#define PASSWORD(field) offsetof(struct password_conf, field)
#define PROVISION(field) offsetof(struct provision_conf, field)

const struct conf_def site_conf_defs[] = {
    {"name", CONF_TEXT, SITE(name), "Académie de Lille", 0, 0, NULL,
	"The name visitors read on every page and in every mail."},
    {"public_url", CONF_TEXT, SITE(public_url), NULL, 0, 0, NULL,
	"The only source of links; https unless loopback."},
    {"support_mail", CONF_TEXT, SITE(support_mail), "assistance@ac-lille.fr", 0,
	0, NULL, "Where people write who cannot help themselves."},
    {"support_phone", CONF_TEXT, SITE(support_phone), "03 20 00 00 00", 0, 0,
	NULL, "Where they call."},
    {"dpo_mail", CONF_TEXT, SITE(dpo_mail), "", 0, 0, NULL,
	"The data protection officer, for the page about personal data."},
    {"webmail_url", CONF_TEXT, SITE(webmail_url),
	"https://webmail.ac-lille.fr/SOGo/", 0, 0, NULL,
	"Where people go once they are back in."},
    {"languages", CONF_WORDS, SITE(languages), "fr en", 0, 0, NULL,
	"fr, en; the first is the default."},
    {"templates", CONF_TEXT, SITE(templates), "", 0, 0, NULL,
	"Optional folder that overrides the built-in templates."},
    {"own_domains", CONF_WORDS, SITE(own_domains), "ac-lille.fr", 0, 0, NULL,
	"Domains (and all below) never accepted as a recovery address."},
    {"time_zone", CONF_TEXT, SITE(time_zone), "Europe/Paris", 0, 0, NULL,
	"The zone of the times people read."},
    {"establishments", CONF_TEXT, SITE(establishments), "", 0, 0, NULL,
	"CSV uai;nom;adresse;telephone;horaires for /numen-perdu."},
    {"banner", CONF_TEXT, SITE(banner), "", 0, 0, NULL,
	"A sentence on top of every page, during maintenance for one."},
    {"logo", CONF_TEXT, SITE(logo), "", 0, 0, NULL,
	"Picture file shown in the head of the pages."},
    {"colour", CONF_TEXT, SITE(colour), "", 0, 0, NULL,
	"Main colour of the pages, #rrggbb."},
    {.key = NULL},
};

const struct conf_def password_conf_defs[] = {
    {"min_length", CONF_COUNT, PASSWORD(min_length), "12", 8, 128, NULL,
	"Shortest password, in characters."},
    {"min_bits", CONF_COUNT, PASSWORD(min_bits), "50", 0, 512, NULL,
	"Formal entropy: length x log2(size of the classes used)."},
    {"min_guess_bits", CONF_COUNT, PASSWORD(min_guess_bits), "36", 0, 128, NULL,
	"log2 of the guesses zxcvbn expects."},
    {"blocklist", CONF_TEXT, PASSWORD(blocklist), "", 0, 0, NULL,
	"Optional file of refused passwords, one per line."},
    {.key = NULL},
};

const struct conf_def provision_conf_defs[] = {
    {"bind_dn", CONF_TEXT, PROVISION(bind_dn),
	"cn=rentree-provision,ou=services,dc=ac-lille,dc=fr", 0, 0, NULL,
	"The directory identity that creates accounts."},
    {"bind_password_file", CONF_TEXT, PROVISION(bind_password_file),
	"/etc/rentree/provision.password", 0, 0, NULL,
	"Its password, one line; nobody else may read the file."},
    {"login", CONF_TEXT, PROVISION(login), "{given:1}{family}", 0, 0, NULL,
	"{given:1} {given} {initials} {family} {family:dijon} "
	"{family:keep}; homonyms get 1, 2, 3."},
    {"match", CONF_WORDS, PROVISION(match),
	"employeeNumber supannEmpId supannCodeINE", 0, 0, NULL,
	"Clear attributes that tell who an existing entry is."},
    {"registry_base", CONF_TEXT, PROVISION(registry_base),
	"ou=logins,dc=ac-lille,dc=fr", 0, 0, NULL,
	"Holds one entry per name ever given out; never deleted."},
    {"login_max", CONF_COUNT, PROVISION(login_max), "20", LOGIN_MIN, LOGIN_MAX,
	NULL, "Longest login, number included."},
    {"mail", CONF_TEXT, PROVISION(mail), "{given}.{family}@ac-lille.fr", 0, 0,
	NULL, "The address of a new mailbox; holes as in login."},
    {"alias", CONF_TEXT, PROVISION(alias), "mail", 0, 0, NULL,
	"Where the address of a new name goes: mail, or mailLocalAddress."},
    {"max_disable", CONF_PERCENT, PROVISION(max_disable), "5%", 0, 100, NULL,
	"A run that would disable more than this is refused."},
    {"max_rename", CONF_PERCENT, PROVISION(max_rename), "5%", 0, 100, NULL,
	"The same for new names; less than 5 people never are too many."},
    {"state", CONF_TEXT, PROVISION(state), "/var/lib/rentree", 0, 0, NULL,
	"Folder of what the batch remembers, and of the lock between two."},
    {"moderation", CONF_TEXT, PROVISION(moderation), "", 0, 0, NULL,
	"Who may be whom, and what was decided; empty: moderation.jsonl in "
	"the folder of state."},
    {"grace.student", CONF_DURATION, PROVISION(grace_student_s), "92d", 0,
	LONGEST_GRACE_S, NULL, "How long a student stays after leaving."},
    {"grace.staff", CONF_DURATION, PROVISION(grace_staff_s), "62d", 0,
	LONGEST_GRACE_S, NULL, "The same for staff."},
    {"grace.external", CONF_DURATION, PROVISION(grace_external_s), "1d", 0,
	LONGEST_GRACE_S, NULL, "The same for externals."},
    {"waves", CONF_WORDS, PROVISION(waves), "", 0, 0, NULL,
	"UAI, or how they begin: who may be invited now; empty = everybody."},
    {"relance_after", CONF_DURATION, PROVISION(relance_after_s), "15d", DAY_S,
	LONGEST_GRACE_S, NULL,
	"Who has not answered an invitation for so long gets another one."},
    {"relance_max", CONF_COUNT, PROVISION(relance_max), "2", 0, 100, NULL,
	"How many further ones, by provision relance."},
    {"trailer", CONF_TEXT, PROVISION(trailer), "", 0, 0, NULL,
	"The last line of every file, as FIN;{rows}; | separates several."},
    {.key = NULL},
};

#define COLUMN(key, column, help)                                              \
	{                                                                      \
		key, CONF_TEXT, offsetof(struct feed_words, columns[column]),  \
		    "", 0, 0, NULL, help                                       \
	}
#define TYPE(key, index, help)                                                 \
	{                                                                      \
		key, CONF_TEXT, offsetof(struct feed_words, kinds[index]), "", \
		    0, 0, NULL, help                                           \
	}

const struct conf_def columns_conf_defs[] = {
    COLUMN("type", FEED_TYPE,
	"What your export calls this column; | separates several names."),
    COLUMN("numen", FEED_NUMEN, "As N° NUMEN | NUMEN_AGENT."),
    COLUMN("ine", FEED_INE, "The number of a student."),
    COLUMN("employe", FEED_EMPLOYEE, "The number in the HR system."),
    COLUMN("civilite", FEED_TITLE, "Not used."),
    COLUMN("nom_naissance", FEED_BIRTH_NAME, "The family name at birth."),
    COLUMN("nom_usage", FEED_USAGE_NAME, "The one that is used."),
    COLUMN("prenoms", FEED_GIVEN_NAMES, "Given names, commas between."),
    COLUMN("date_naissance", FEED_BIRTH_DATE, "The birth date."),
    COLUMN("uai", FEED_UAI, "The establishments."),
    COLUMN("courriel_perso", FEED_MAIL, "The rescue address."),
    COLUMN("telephone", FEED_PHONE, "Not used."),
    COLUMN("debut", FEED_FROM, "The first day."),
    COLUMN("fin", FEED_UNTIL, "The last day."),
    {.key = NULL},
};

const struct conf_def types_conf_defs[] = {
    TYPE("etudiant", 0, "What your export writes for it, as ELEVE | APPRENTI."),
    TYPE("enseignant", 1, "As ENS | PROF."),
    TYPE("administratif", 2, "The same for administrative staff."),
    TYPE("technique", 3, "The same for technical staff."),
    TYPE("externe", 4, "The same for externals."),
    {.key = NULL},
};

const struct conf_def keys_conf_defs[] = {
    {"dir", CONF_TEXT, offsetof(struct keys_conf, dir), "/etc/rentree/keys", 0,
	0, NULL, "Folder of the key files, in web/, worker/ and public/."},
    {.key = NULL},
};
