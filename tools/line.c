#include "line.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/*
 * Read a line.
 *
 * @param signals      a signalfd, or -1
 * @param interrupted  set when a signal came before the end of the line
 */
static enum line_status
line_read_bytes(int fd, int signals, struct line *line, bool *interrupted)
{
    struct pollfd ready[] = {{fd, POLLIN, 0}, {signals, POLLIN, 0}};
    bool nothing = true;
    ssize_t n;
    char c;

    line->len = 0;
    for (;;) {
        if (signals >= 0 && poll(ready, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return LINE_FAILED;
        }
        if (ready[1].revents != 0) {
            *interrupted = true;
            return LINE_READ;
        }
        n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return LINE_FAILED;
        if (n == 0)
            return nothing ? LINE_ENDED : LINE_READ;
        nothing = false;
        if (c == '\n')
            return LINE_READ;
        if (line->len == sizeof(line->data))
            return LINE_TOO_LONG;
        line->data[line->len++] = (uint8_t)c;
    }
}

enum line_status
line_read(int fd, struct line *line)
{
    bool interrupted;

    return line_read_bytes(fd, -1, line, &interrupted);
}

static void
line_write_all(int fd, const char *text)
{
    struct slice rest = slice_of(text);
    ssize_t n;

    while (rest.len > 0) {
        n = write(fd, rest.data, rest.len);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0)
            rest = (struct slice){rest.data + n, rest.len - (size_t)n};
    }
}

/* Ask, with the signals blocked that are in @p signals. */
static enum line_status
ask_silently(int terminal, int signals, const char *prompt, struct line *line,
             bool *interrupted)
{
    enum line_status status;
    struct termios before, silent;

    if (tcgetattr(terminal, &before) != 0)
        return LINE_FAILED;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0)
        return LINE_FAILED;
    line_write_all(terminal, prompt);
    status = line_read_bytes(terminal, signals, line, interrupted);
    line_write_all(terminal, "\n");
    /* TCSAFLUSH: nothing of a line that was too long is left to a shell. */
    tcsetattr(terminal, TCSAFLUSH, &before);
    return status;
}

/*
 * Signals wait until the terminal is as it was, and are then taken as they
 * would have been: most end the process, SIGTSTP stops it.
 */
static enum line_status
ask_once(int terminal, const char *prompt, struct line *line, bool *interrupted)
{
    static const int stopping[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                   SIGALRM, SIGPIPE, SIGTSTP};
    enum line_status status = LINE_FAILED;
    sigset_t set, before;
    int signals;
    size_t i;

    sigemptyset(&set);
    for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        sigaddset(&set, stopping[i]);
    signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals < 0)
        return LINE_FAILED;
    if (sigprocmask(SIG_BLOCK, &set, &before) == 0) {
        status = ask_silently(terminal, signals, prompt, line, interrupted);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    close(signals);
    return status;
}

enum line_status
line_ask(int terminal, const char *prompt, struct line *line)
{
    enum line_status status;
    bool interrupted;

    do {
        interrupted = false;
        status = ask_once(terminal, prompt, line, &interrupted);
    } while (interrupted); /* and here again: stopped, and then continued */
    return status;
}
