#include <config.h>

#include <errno.h>
#include <locale.h>
#include <openssl/crypto.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "broker.h"
#include "command.h"
#include "doctor.h"
#include "login.h"
#include "report.h"
#include "text.h"
#include "user.h"

#define ALL (OPTION_BIT(OPTION_HELP))
#define STORED (ALL | OPTION_BIT(OPTION_STORE))
#define PASSWORD                                                               \
    (STORED | OPTION_BIT(OPTION_PASSWORD_STDIN) |                              \
     OPTION_BIT(OPTION_ITERATIONS) | OPTION_BIT(OPTION_MECHANISM))

#define FACTS (OPTION_BIT(OPTION_EXPIRES) | OPTION_BIT(OPTION_GROUPS))

#define STORE_UNUSABLE "the store or the configuration cannot be used"
#define LOGINS_UNUSABLE "gss-scram-agent or the credentials file cannot be used"

static const struct command user_commands[] = {
    {"gss-scram user add", "USER", "add a user",
     "Add a user with a password, which is asked for on the terminal. The\n"
     "store is made if it does not exist. The user gets a verifier for\n"
     "SCRAM-SHA-256, or for each --mechanism. The password is not stored.\n",
     PASSWORD | FACTS, NULL, user_add,
     "the user is there already, or the name or the password is refused",
     STORE_UNUSABLE},
    {"gss-scram user passwd", "USER", "change a user's password",
     "Change a user's password, which is asked for on the terminal. The user\n"
     "keeps the mechanisms that there are verifiers for, or has those given\n"
     "with --mechanism and no others. A disabled user remains disabled, and\n"
     "the day on which the user expires stays.\n",
     PASSWORD, NULL, user_passwd,
     "there is no such user, or the name or the password is refused",
     STORE_UNUSABLE},
    {"gss-scram user change", "USER", "change when a user expires, and groups",
     "Change the day on which a user expires, or the user's groups. A client\n"
     "that has the password of an expired user cannot tell this from a wrong\n"
     "password. Servers' programs are told the groups, which give no right by\n"
     "themselves. For users in an LDAP directory use the directory's tools.\n",
     STORED | FACTS, NULL, user_change,
     "there is no such user, the name is refused, or the store is a directory",
     STORE_UNUSABLE},
    {"gss-scram user remove", "USER", "remove a user",
     "Remove a user and all that the store has of them.\n", STORED, NULL,
     user_remove, "there is no such user, or the name is refused",
     STORE_UNUSABLE},
    {"gss-scram user enable", "USER", "let a disabled user in again",
     "Let a disabled user in again, with the password that they had.\n", STORED,
     NULL, user_enable, "there is no such user, or the name is refused",
     STORE_UNUSABLE},
    {"gss-scram user disable", "USER", "keep a user out",
     "Keep a user out without removing them. A client that has the password\n"
     "cannot tell this from a wrong password.\n",
     STORED, NULL, user_disable,
     "there is no such user, or the name is refused", STORE_UNUSABLE},
    {"gss-scram user list", NULL, "list all users",
     "List all users, in the order of their names' bytes: the mechanisms that\n"
     "each has a verifier for, their iterations, when the last was changed,\n"
     "the last day on which the user is let in, and whether the user is let\n"
     "in now. With both --older-than and --iterations-below a user is listed\n"
     "if both are true.\n",
     STORED | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_OLDER_THAN) |
         OPTION_BIT(OPTION_ITERATIONS_BELOW),
     NULL, user_list, NULL, STORE_UNUSABLE},
    {"gss-scram user show", "USER", "show one user",
     "Show what the store has of a user, without the keys unless --keys is\n"
     "given.\n",
     STORED | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_KEYS), NULL,
     user_show, "there is no such user, or the name is refused",
     STORE_UNUSABLE},
    {"gss-scram user import", "[FILE]", "add users from another program",
     "Add users from a file, or from standard input. The formats are:\n"
     "postgresql, what psql -XAt prints for\n"
     "    SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin\n"
     "        AND (rolvaliduntil IS NULL OR rolvaliduntil > now());\n"
     "pgbouncer, its userlist.txt; dovecot, its passwd-file; ldif, with\n"
     "authPassword as RFC 5803 has it; csv, lines of user,password; ejabberd\n"
     "and xep0227, as ejabberd and Prosody write it; pbkdf2-sha256, hashes of\n"
     "OpenLDAP, 389 Directory Server, Django, passlib, werkzeug, Keycloak and\n"
     "ASP.NET.\n"
     "An invalid line is reported with its number, and skipped. Users who are\n"
     "in the store already are kept as they are, so that an interrupted "
     "import\n"
     "can be run again. Disabled users remain disabled.\n",
     STORED | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_REPLACE) |
         OPTION_BIT(OPTION_ENABLE) | OPTION_BIT(OPTION_STOP_ON_ERROR) |
         OPTION_BIT(OPTION_ITERATIONS) | OPTION_BIT(OPTION_MECHANISM),
     NULL, user_import, "lines were rejected",
     "the store, the configuration or the file cannot be used"},
    {"gss-scram user export", NULL, "write all verifiers",
     "Write the verifiers of all users to standard output, for another\n"
     "program. Anybody who reads them can guess passwords: set umask 077\n"
     "before writing them to a file.\n",
     STORED | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_BASE), NULL,
     user_export,
     "the format has no place for some verifiers, groups or days of expiry",
     STORE_UNUSABLE},
    {0},
};

#define BROKER_UNUSABLE                                                        \
    "gss-scramd, the store or the configuration cannot be used"

static const struct command broker_commands[] = {
    {"gss-scram broker enable", "[LOCATION]",
     "move the users of a text file to gss-scramd",
     "For a machine whose servers read a text file so far: have gss-scramd\n"
     "copy its users into its own store, with their verifiers and the key of\n"
     "its decoys. LOCATION is the file; without it, the file "
     "is\n" CONFIG_DEFAULT_STORE ".\n"
     "Users who are in the store already are kept as they are, and the file\n"
     "stays. Processes that have the file open are listed: they use it until\n"
     "they are restarted.\n",
     STORED, NULL, broker_enable,
     "the configuration's store is not gss-scramd's own", BROKER_UNUSABLE},
    {"gss-scram broker status", NULL, "show what gss-scramd serves",
     "Show which stores gss-scramd serves which accounts from, and what is\n"
     "wrong with them.\n",
     ALL, NULL, broker_status, NULL, BROKER_UNUSABLE},
    {"gss-scram broker who", "ACCOUNT", "show whether an account is served",
     "Show whether gss-scramd serves an account's servers, and from which\n"
     "store. Groups that only the account's processes have are not known.\n",
     ALL, NULL, broker_who, "the account is not served, or there is none",
     BROKER_UNUSABLE},
    {"gss-scram broker metrics", NULL, "write what gss-scramd counts",
     "Write what gss-scramd counts, in OpenMetrics' text format. It names no\n"
     "user.\n",
     ALL, NULL, broker_metrics, NULL, BROKER_UNUSABLE},
    {"gss-scram broker reload", NULL, "have the configuration read again",
     "Have gss-scramd read its configuration again. If the new one has a\n"
     "mistake, the one before stays in force, and the mistake is reported.\n",
     ALL, NULL, broker_reload, NULL, BROKER_UNUSABLE},
    {0},
};

static const struct command throttle_commands[] = {
    {"gss-scram throttle list", NULL, "list the users who must wait",
     "List the users whom gss-scramd refuses at the moment, because too many\n"
     "passwords were wrong, and for how long. It knows the last 256.\n",
     ALL, NULL, throttle_list, NULL, BROKER_UNUSABLE},
    {"gss-scram throttle show", "USER", "show how many guesses a user has left",
     "Show at the servers of which accounts wrong passwords of a user are\n"
     "counted, how many more gss-scramd looks at, and how long until it looks\n"
     "at one more.\n",
     ALL, NULL, throttle_show, "the name is refused", BROKER_UNUSABLE},
    {"gss-scram throttle clear", "USER", "forget a user's wrong passwords",
     "Have gss-scramd look at a user's passwords again, at all servers, and\n"
     "show what was counted. An attacker may guess anew, too.\n",
     ALL, NULL, throttle_clear, "the name is refused", BROKER_UNUSABLE},
    {0},
};

static const struct command commands[] = {
    {"gss-scram user", NULL, "add, change, remove and list users",
     "Users, as a store of verifiers has them. User names are UTF-8, and are\n"
     "prepared with SASLprep (RFC 4013).\n",
     ALL, user_commands, NULL, NULL, NULL},
    {"gss-scram login", "[USER]", "keep a password for this account's programs",
     "Ask for the password of USER, or of a user with the account's own name,\n"
     "and hand it to gss-scram-agent. The agent logs programs of this account\n"
     "in to the servers that --server names, and gives the password to none\n"
     "of them. For all servers give --any-server.\n"
     "\n"
     "With --save the password is written, in the clear, into a file that\n"
     "only this account may read, for machines without the agent: the file\n"
     "that GSS_SCRAM_CREDENTIALS names, or\n"
     "~/.config/gss-scram/credentials.\n",
     ALL | OPTION_BIT(OPTION_SERVER) | OPTION_BIT(OPTION_ANY_SERVER) |
         OPTION_BIT(OPTION_LIFETIME) | OPTION_BIT(OPTION_MIN_ITERATIONS) |
         OPTION_BIT(OPTION_BOUND) | OPTION_BIT(OPTION_MECHANISM) |
         OPTION_BIT(OPTION_SAVE) | OPTION_BIT(OPTION_PASSWORD_STDIN) |
         OPTION_BIT(OPTION_LIST) | OPTION_BIT(OPTION_JSON),
     NULL, login, "the server, the name or the password is refused",
     LOGINS_UNUSABLE},
    {"gss-scram logout", "[USER]", "forget passwords again",
     "Have gss-scram-agent forget passwords: all, or those of USER. With\n"
     "--server it forgets those for that server, written as it was for login,\n"
     "and what --save wrote for it is removed. With --all everything that\n"
     "--save wrote is removed too.\n",
     ALL | OPTION_BIT(OPTION_SERVER) | OPTION_BIT(OPTION_ANY_SERVER) |
         OPTION_BIT(OPTION_ALL),
     NULL, logout, "there is no such login, or the server is refused",
     LOGINS_UNUSABLE},
    {"gss-scram broker", NULL, "look after gss-scramd, as root",
     "gss-scramd has the verifiers of a machine in a process of its own. It "
     "answers\n"
     "root over a socket, which the configuration's section [broker] names.\n",
     ALL, broker_commands, NULL, NULL, NULL},
    {"gss-scram throttle", NULL, "list and free users who must wait",
     "Users whom gss-scramd refuses because too many passwords were wrong.\n"
     "gss-scramd answers root.\n",
     ALL, throttle_commands, NULL, NULL, NULL},
    {"gss-scram doctor", NULL, "check the set-up and say what is wrong",
     "Check, step by step, whether a server that runs as this account can log\n"
     "users in, and say how to correct what is wrong. It changes nothing.\n",
     STORED | OPTION_BIT(OPTION_ACCOUNT) | OPTION_BIT(OPTION_PID) |
         OPTION_BIT(OPTION_JSON),
     NULL, doctor, "there is a problem; the output says which",
     "it cannot look as that account or process"},
    {0},
};

static const struct command root = {
    "gss-scram",
    NULL,
    NULL,
    "Administer gss-scram, which logs users in by password through GSS-API.\n"
    "\n"
    "    gss-scram user add alice                add a user\n"
    "    gss-scram doctor --account www-data     check a server's set-up\n"
    "    gss-scram login alice --server HTTP@www.example.org\n",
    ALL | OPTION_BIT(OPTION_VERSION),
    commands,
    NULL,
    NULL,
    NULL};

/* Say what is wrong with the command line. */
static int
misused(const struct command *command, const char *what)
{
    fprintf(stderr, "%s: %s; see \"%s --help\"\n", command->name, what,
            command->name);
    return EXIT_USAGE;
}

/* Follow the words as far as they name commands, or ask for help, and drop
 * them. */
static const struct command *
find_command(struct options *options)
{
    const struct command *command = &root, *below;

    while (command->commands != NULL && options->operand_count > 0) {
        below = command_below(command, options->operands[0]);
        if (strcmp(options->operands[0], "help") == 0)
            options->given |= OPTION_BIT(OPTION_HELP);
        else if (below == NULL)
            break;
        else
            command = below;
        options->operands++;
        options->operand_count--;
    }
    return command;
}

/* Check that what was said is what the command takes. */
static bool
main_check(const struct command *command, const struct options *options,
           struct sentence *why)
{
    bool optional = command->operand != NULL && command->operand[0] == '[';
    int most = command->operand == NULL ? 0 : 1;
    int i;

    if (command->commands != NULL && options->operand_count > 0) {
        struct slice word = slice_of(options->operands[0]);

        word.len = word.len < 64 ? word.len : 64;
        sentence_write(why, "there is no command %s", text_quote(word).text);
        return false;
    }
    for (i = 0; i < OPTIONS; i++) {
        if (options->given & ~command->options & OPTION_BIT(i)) {
            sentence_write(why, "this takes no %s",
                           options_name((enum option_name)i));
            return false;
        }
    }
    if (options_have(options, OPTION_HELP) ||
        options_have(options, OPTION_VERSION))
        return true;
    if (command->commands != NULL)
        sentence_write(why, "the command is missing");
    else if (options->operand_count < most && !optional)
        sentence_write(why, "the %s's name is missing",
                       strcmp(command->operand, "ACCOUNT") == 0 ? "account"
                                                                : "user");
    else if (options->operand_count > most && most == 0)
        sentence_write(why, "this command takes no argument, only options");
    else if (options->operand_count > most && optional)
        sentence_write(why, "this takes one %s",
                       strcmp(command->operand, "[FILE]") == 0 ? "file"
                       : strcmp(command->operand, "[LOCATION]") == 0
                           ? "location"
                           : "user's name, and no password");
    else if (options->operand_count > most)
        /* It may have been meant as a password: not a word of it. */
        sentence_write(why, "give one user's name; the password is asked for");
    else
        return true;
    return false;
}

static int
main_run(const struct command *command, const struct options *options)
{
    if (options_have(options, OPTION_HELP)) {
        command_help(command, stdout);
        return EXIT_DONE;
    }
    if (options_have(options, OPTION_VERSION)) {
        puts(PACKAGE_STRING);
        return EXIT_DONE;
    }
    return command->run(options);
}

/* What is written may have verifiers in it, and the C library does not wipe a
 * stream's memory. */
static char output[BUFSIZ];

/* Write what is left of the output, and wipe it; false where it could not be
 * written. */
static bool
main_end_output(void)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);

    if (!written)
        __fpurge(stdout);
    OPENSSL_cleanse(output, sizeof(output));
    return written;
}

int
main(int argc, char **argv)
{
    struct options options CLEANUP_OPTIONS = {0};
    const struct command *command;
    struct sentence why = {""};
    bool parsed;
    int code;

    setlocale(LC_CTYPE, ""); /* for the width of characters */
    setvbuf(stdout, output, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF,
            sizeof(output));
    parsed = options_parse(argc, argv, &options, &why);
    command = find_command(&options);
    if (!parsed || !main_check(command, &options, &why))
        return misused(command, why.text);
    code = main_run(command, &options);
    if (!main_end_output()) {
        report("cannot write the output: %s", strerror(errno));
        return EXIT_UNUSABLE;
    }
    return code;
}
