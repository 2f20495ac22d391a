#include <config.h>

#include <errno.h>
#include <locale.h>
#include <string.h>

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
     "Add a user with a password, which is asked for on the terminal. The "
     "store is\n"
     "made if it does not exist. The user gets a verifier for SCRAM-SHA-256, "
     "or for\n"
     "each --mechanism; the password itself is not stored.\n",
     PASSWORD | FACTS, NULL, user_add,
     "the user is there already, or the name or the password is refused",
     STORE_UNUSABLE},
    {"gss-scram user passwd", "USER", "change a user's password",
     "Change a user's password, which is asked for on the terminal. The user "
     "keeps\n"
     "the mechanisms that there are verifiers for, or has those given with\n"
     "--mechanism and no others. A user who is disabled remains so, and the "
     "day "
     "on\n"
     "which the user expires stays.\n",
     PASSWORD, NULL, user_passwd,
     "there is no such user, or the name or the password is refused",
     STORE_UNUSABLE},
    {"gss-scram user change", "USER", "change when a user expires, and groups",
     "Change what the store has of a user beside the password. Whoever tries "
     "the\n"
     "password of a user who has expired cannot tell this from a wrong one. "
     "Groups are\n"
     "told to servers' programs, and give no right by themselves. In a "
     "directory "
     "both\n"
     "are for its own tools to change.\n",
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
     "Keep a user out without removing them. Whoever tries the password cannot "
     "tell\n"
     "this from a wrong one.\n",
     STORED, NULL, user_disable,
     "there is no such user, or the name is refused", STORE_UNUSABLE},
    {"gss-scram user list", NULL, "list all users",
     "List all users, in the order of their names' bytes: the mechanisms that "
     "each\n"
     "has a verifier for, their iterations, when the last was changed, the "
     "last "
     "day on\n"
     "which the user is let in, and whether that is so now. With --older-than "
     "and\n"
     "--iterations-below only those are listed of whom both are true.\n",
     STORED | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_OLDER_THAN) |
         OPTION_BIT(OPTION_ITERATIONS_BELOW),
     NULL, user_list, NULL, STORE_UNUSABLE},
    {"gss-scram user show", "USER", "show one user",
     "Show what the store has of a user, but for the keys, which --keys "
     "writes.\n",
     STORED | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_KEYS), NULL,
     user_show, "there is no such user, or the name is refused",
     STORE_UNUSABLE},
    {"gss-scram user import", "[FILE]", "take users over from elsewhere",
     "Take users over from a file, or from standard input: from PostgreSQL, "
     "what\n"
     "psql -XAt prints for\n"
     "    SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin\n"
     "        AND (rolvaliduntil IS NULL OR rolvaliduntil > now());\n"
     "PgBouncer's userlist.txt, Dovecot's passwd-file, LDIF with authPassword "
     "as\n"
     "RFC 5803 has it, CSV lines of user,password, ejabberd's or Prosody's "
     "XEP-0227,\n"
     "or, by pbkdf2-sha256, hashes of OpenLDAP, 389 Directory Server, Django, "
     "passlib,\n"
     "werkzeug, Keycloak and ASP.NET.\n"
     "A line that cannot be taken is said, and the others are taken all the "
     "same.\n"
     "Users who are there already are left as they are, so that an import that "
     "was\n"
     "interrupted can be run again; those who are disabled remain so.\n",
     STORED | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_REPLACE) |
         OPTION_BIT(OPTION_ENABLE) | OPTION_BIT(OPTION_STOP_ON_ERROR) |
         OPTION_BIT(OPTION_ITERATIONS) | OPTION_BIT(OPTION_MECHANISM),
     NULL, user_import, "lines could not be taken",
     "the store, the configuration or the file cannot be used"},
    {"gss-scram user export", NULL, "write all verifiers out",
     "Write the verifiers of all users to standard output, for another "
     "program.\n"
     "Whoever reads them can guess passwords: set umask 077 before writing "
     "them "
     "to a\n"
     "file.\n",
     STORED | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_BASE), NULL,
     user_export,
     "verifiers, or days of expiry, were left out, which the format cannot "
     "have",
     STORE_UNUSABLE},
    {0},
};

#define BROKER_UNUSABLE                                                        \
    "gss-scramd, the store or the configuration cannot be used"

static const struct command broker_commands[] = {
    {"gss-scram broker enable", "[LOCATION]", "take the users of a file over",
     "For a machine whose servers read a text file so far: have gss-scramd "
     "take its\n"
     "users over into its own store, their verifiers and what decoys are made "
     "with.\n"
     "LOCATION is that file's, without which it is\n" CONFIG_DEFAULT_STORE ".\n"
     "Users who are in the store already are left as they are, and the file is "
     "too.\n"
     "It is said which processes have the file open, which go on with it until "
     "they\n"
     "are started again.\n",
     STORED, NULL, broker_enable,
     "the configuration's store is not gss-scramd's own", BROKER_UNUSABLE},
    {"gss-scram broker status", NULL, "say what gss-scramd serves",
     "Say which stores gss-scramd serves which accounts from, and what is "
     "wrong "
     "with\n"
     "them.\n",
     ALL, NULL, broker_status, NULL, BROKER_UNUSABLE},
    {"gss-scram broker who", "ACCOUNT", "say whether an account is served",
     "Say whether gss-scramd serves an account's servers, and from which "
     "store. "
     "What an\n"
     "account may by groups of its processes alone is not known.\n",
     ALL, NULL, broker_who, "the account is not served, or there is none",
     BROKER_UNUSABLE},
    {"gss-scram broker metrics", NULL, "write what gss-scramd counts",
     "Write what gss-scramd counts, in OpenMetrics' text format. No user is in "
     "it.\n",
     ALL, NULL, broker_metrics, NULL, BROKER_UNUSABLE},
    {"gss-scram broker reload", NULL, "have the configuration read again",
     "Have gss-scramd read its configuration again. One with a mistake leaves "
     "the one\n"
     "before in force, and the mistake is said.\n",
     ALL, NULL, broker_reload, NULL, BROKER_UNUSABLE},
    {0},
};

static const struct command throttle_commands[] = {
    {"gss-scram throttle list", NULL, "say who is held up",
     "Say which users gss-scramd refuses at the moment, as too many passwords "
     "were\n"
     "wrong, and for how long. It knows the last 256 that it refused.\n",
     ALL, NULL, throttle_list, NULL, BROKER_UNUSABLE},
    {"gss-scram throttle show", "USER", "say how many guesses a user has left",
     "Say at the servers of which account wrong passwords of a user are "
     "counted, how\n"
     "many more are looked at, and for how long one waits.\n",
     ALL, NULL, throttle_show, "the name is refused", BROKER_UNUSABLE},
    {"gss-scram throttle clear", "USER", "forget a user's wrong passwords",
     "Have gss-scramd look at a user's passwords again, at all servers, and "
     "say what\n"
     "was counted. Whoever guesses at the user begins anew, too.\n",
     ALL, NULL, throttle_clear, "the name is refused", BROKER_UNUSABLE},
    {0},
};

static const struct command commands[] = {
    {"gss-scram user", NULL, "add, change, remove and list users",
     "Users, as a store of verifiers has them. User names are UTF-8, and are\n"
     "prepared with SASLprep (RFC 4013).\n",
     ALL, user_commands, NULL, NULL, NULL},
    {"gss-scram login", "[USER]", "log this account's programs in",
     "Ask for USER's password, which without USER is the account's own name, "
     "and hand\n"
     "it to gss-scram-agent, which logs programs of this account in to the "
     "server of\n"
     "--server with it and gives it to none. Where that is any, --any-server "
     "has to\n"
     "say so.\n\n"
     "With --save the password is written as it is into a file that nobody "
     "else may\n"
     "read, for where no agent is: the one that GSS_SCRAM_CREDENTIALS names, "
     "or\n"
     "~/.config/gss-scram/credentials.\n",
     ALL | OPTION_BIT(OPTION_SERVER) | OPTION_BIT(OPTION_ANY_SERVER) |
         OPTION_BIT(OPTION_LIFETIME) | OPTION_BIT(OPTION_MIN_ITERATIONS) |
         OPTION_BIT(OPTION_BOUND) | OPTION_BIT(OPTION_MECHANISM) |
         OPTION_BIT(OPTION_SAVE) | OPTION_BIT(OPTION_PASSWORD_STDIN) |
         OPTION_BIT(OPTION_LIST) | OPTION_BIT(OPTION_JSON),
     NULL, login, "the server, the name or the password is refused",
     LOGINS_UNUSABLE},
    {"gss-scram logout", "[USER]", "forget passwords of logins",
     "Have gss-scram-agent forget its passwords: all, or those of USER. With "
     "--server\n"
     "those for that server alone, as it was written, and what --save wrote "
     "for it is\n"
     "removed too; so is with --all what it wrote for any.\n",
     ALL | OPTION_BIT(OPTION_SERVER) | OPTION_BIT(OPTION_ANY_SERVER) |
         OPTION_BIT(OPTION_ALL),
     NULL, logout, "there is no such login, or the server is refused",
     LOGINS_UNUSABLE},
    {"gss-scram broker", NULL, "ask gss-scramd, as root",
     "gss-scramd has the verifiers of a machine in a process of its own. It "
     "answers\n"
     "root over a socket, which the configuration's section [broker] names.\n",
     ALL, broker_commands, NULL, NULL, NULL},
    {"gss-scram throttle", NULL, "see and end who is held up",
     "What gss-scramd holds up, as too many passwords were wrong. It answers "
     "root.\n",
     ALL, throttle_commands, NULL, NULL, NULL},
    {"gss-scram doctor", NULL, "find out why it does not work",
     "Find out, step by step, whether a server that runs as this account can "
     "log users\n"
     "in, and what to do about what is wrong. It changes nothing.\n",
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
    "Administer the users of gss-scram, a GSS-API mechanism for passwords.\n",
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

int
main(int argc, char **argv)
{
    struct options options CLEANUP_OPTIONS = {0};
    const struct command *command;
    struct sentence why = {""};
    bool parsed;
    int code;

    setlocale(LC_CTYPE, ""); /* for the width of characters */
    parsed = options_parse(argc, argv, &options, &why);
    command = find_command(&options);
    if (!parsed || !main_check(command, &options, &why))
        return misused(command, why.text);
    code = main_run(command, &options);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        report("cannot write the output: %s", strerror(errno));
        return EXIT_UNUSABLE;
    }
    return code;
}
