#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"

#define PROMPT_MAX                                                             \
    1200 /* bytes: a user's name, all of it escaped, and more                  \
          */

/* Refuse what is no password before anything is computed from it. */
static int
password_check(const struct line *password)
{
    struct secret prepared CLEANUP_SECRET = {0};
    struct slice bytes = line_slice(password);

    if (bytes.len == 0) {
        report("a password may not be empty");
        return EXIT_REFUSED;
    }
    switch (scram_prepare_password(bytes, &prepared)) {
    case SCRAM_OK:
        return EXIT_DONE;
    case SCRAM_NO_MEMORY:
        report("out of memory");
        return EXIT_UNUSABLE;
    default:
        break;
    }
    if (bytes.data[bytes.len - 1] == '\r')
        report("this password cannot be used: it ends with a carriage return, "
               "as the lines of files from Windows do");
    else
        report("this password cannot be used: SASLprep (RFC 4013) refuses it, "
               "as it does control characters, characters newer than Unicode "
               "3.2, and what is not UTF-8");
    return EXIT_REFUSED;
}

/* Say why there is no line; EXIT_DONE if there is one. */
static int
check_line(enum line_status status)
{
    switch (status) {
    case LINE_READ:
        return EXIT_DONE;
    case LINE_ENDED:
        report("no password was given");
        return EXIT_REFUSED;
    case LINE_TOO_LONG:
        report("a password may have %d bytes at most", SCRAM_PASSWORD_MAX);
        return EXIT_REFUSED;
    default:
        report("the password cannot be read: %s", strerror(errno));
        return EXIT_REFUSED;
    }
}

static int
password_ask(int terminal, const char *user, bool twice, struct line *password)
{
    struct line again CLEANUP_LINE = {.len = 0};
    char prompt[PROMPT_MAX];
    int code;

    snprintf(prompt, sizeof(prompt), "Password for %s: ", user);
    code = check_line(line_ask(terminal, prompt, password));
    if (code == EXIT_DONE)
        code = password_check(password);
    if (code != EXIT_DONE || !twice)
        return code;
    code = check_line(line_ask(terminal, "The same again: ", &again));
    if (code != EXIT_DONE)
        return code;
    if (password->len != again.len ||
        !secret_equal(password->data, again.data, again.len)) {
        report("the two passwords differ; nothing was changed");
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int
password_get(const struct options *options, const char *user, bool twice,
             struct line *password)
{
    int terminal, code;

    /* Somebody who types it after all shall not see it. */
    if (options_have(options, OPTION_PASSWORD_STDIN) && !isatty(STDIN_FILENO)) {
        code = check_line(line_read(STDIN_FILENO, password));
        return code == EXIT_DONE ? password_check(password) : code;
    }
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        report("there is no terminal on which to ask for the password; give it "
               "on standard input, with --password-stdin");
        return EXIT_USAGE;
    }
    code = password_ask(terminal, user, twice, password);
    close(terminal);
    return code;
}
