/*
 * gss-scram-agent: a user's passwords in a process of their own, which gives
 * the user's programs proofs.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/agent_path.h"
#include "base/daemon.h"
#include "daemon/agent/agent.h"
#include "daemon/options.h"
#include "daemon/process.h"

const char gss_scram_daemon[] = "gss-scram-agent";

enum { EXIT_STOPPED, EXIT_CANNOT_SERVE, EXIT_USAGE };

enum {
    OPTION_FOREGROUND,
    OPTION_DEBUG,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

static const struct option list[OPTION_COUNT] = {
    [OPTION_FOREGROUND] = {"--foreground", NULL,
                           "make the socket, where none is handed over"},
    [OPTION_DEBUG] = {"--debug", "FILE",
                      "append every message to FILE, without its secrets"},
    [OPTION_HELP] = {"--help", NULL, "say this"},
    [OPTION_VERSION] = {"--version", NULL, "say which version this is"},
};

static const struct options options = {
    gss_scram_daemon,
    "Keep a user's passwords for as long as gss-scram login says, and log the "
    "user's\nprograms in with them.",
    list, OPTION_COUNT};

/* Whether there is a folder for what lasts as long as the account's sessions:
 * in a container there may be none. */
static enum scram_status
check_runtime_folder(const char *path, struct sentence *why)
{
    char folder[AGENT_PATH_MAX];

    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    *strrchr(folder, '/') = '\0';
    if (access(folder, F_OK) == 0)
        return SCRAM_OK;
    sentence_write(
        why,
        "there is no directory %s for the socket: where no login "
        "manager makes it, set XDG_RUNTIME_DIR to a directory of this "
        "account (mode 0700), for the programs that log in, too",
        folder);
    return SCRAM_NO_RESOURCES;
}

/* Whether nobody else may put a socket where ours is. */
static enum scram_status
agent_main_check_folder(const char *path, struct sentence *why)
{
    char folder[AGENT_PATH_MAX];
    struct stat st;

    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    if (lstat(folder, &st) != 0)
        sentence_write(why, "cannot use the directory %s: %s", folder,
                       strerror(errno));
    else if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
             (st.st_mode & 022) != 0)
        sentence_write(why,
                       "%s has to be a directory of this account (uid %lu) to "
                       "which nobody else may write",
                       folder, (unsigned long)geteuid());
    else
        return SCRAM_OK;
    return SCRAM_NO_RESOURCES;
}

/*
 * Open what is listened at.
 *
 * @param made  the path of a socket that was made; or ""
 */
static enum scram_status
agent_main_open_sockets(bool foreground, struct sockets *sockets, char *made,
                        struct sentence *why)
{
    char path[AGENT_PATH_MAX];
    enum scram_status status = sockets_inherit(sockets, "", why);

    made[0] = '\0';
    if (status != SCRAM_OK || sockets->count != 0)
        return status;
    if (!foreground) {
        sentence_write(why, "no socket was handed over: let systemd --user "
                            "start gss-scram-agent.socket, or say "
                            "--foreground");
        return SCRAM_BAD_ARGUMENT;
    }
    if (!agent_path(path)) {
        sentence_write(why,
                       "the directory that XDG_RUNTIME_DIR names is too long "
                       "a path for a socket");
        return SCRAM_BAD_ARGUMENT;
    }
    status = check_runtime_folder(path, why);
    if (status == SCRAM_OK)
        status = sockets_make(sockets, path, 0600, 0700, false, why);
    if (status != SCRAM_OK)
        return status;
    memcpy(made, path, sizeof(path));
    return agent_main_check_folder(path, why);
}

static enum scram_status
agent_main_serve(struct agent *agent, struct sockets *sockets,
                 struct sentence *why)
{
    enum scram_status status = agent_begin(agent, sockets, why);

    if (status != SCRAM_OK)
        return status;
    if (!agent->locked)
        fprintf(stderr, "gss-scram-agent: passwords may be written to swap "
                        "space, as this account may lock too little memory: "
                        "raise RLIMIT_MEMLOCK (LimitMEMLOCK= of its unit)\n");
    sockets_notify("READY=1");
    agent_run(agent);
    sockets_notify("STOPPING=1");
    return SCRAM_OK;
}

static enum scram_status
agent_main_start(struct agent *agent, const char **said, struct sentence *why)
{
    struct sockets sockets = {.count = 0};
    char made[AGENT_PATH_MAX];
    enum scram_status status;

    if (!process_close_memory()) {
        sentence_write(why, "cannot keep others out of this process: %s",
                       strerror(errno));
        return SCRAM_NO_RESOURCES;
    }
    if (said[OPTION_DEBUG] != NULL &&
        !debug_open(&agent->debug, said[OPTION_DEBUG])) {
        sentence_write(why, "cannot write to %s: %s", said[OPTION_DEBUG],
                       strerror(errno));
        return SCRAM_NO_RESOURCES;
    }
    status = agent_main_open_sockets(said[OPTION_FOREGROUND] != NULL, &sockets,
                                     made, why);
    if (status == SCRAM_OK)
        status = agent_main_serve(agent, &sockets, why);
    /* While it is listened at nobody else's is there. */
    if (made[0] != '\0')
        (void)unlink(made);
    sockets_close(&sockets);
    if (!agent_end(agent))
        _exit(status == SCRAM_OK ? EXIT_STOPPED : EXIT_CANNOT_SERVE);
    return status;
}

int
main(int argc, char **argv)
{
    static struct agent agent;
    struct sentence why = {""};
    const char *said[OPTION_COUNT];

    if (!options_read(&options, argc, argv, said, &why)) {
        fprintf(stderr, "gss-scram-agent: %s; see gss-scram-agent --help\n",
                why.text);
        return EXIT_USAGE;
    }
    if (said[OPTION_HELP] != NULL || said[OPTION_VERSION] != NULL) {
        if (said[OPTION_HELP] != NULL)
            options_help(&options, stdout);
        else
            puts(PACKAGE_STRING);
        return fflush(stdout) == 0 ? EXIT_STOPPED : EXIT_CANNOT_SERVE;
    }
    process_open_standard();
    umask(077);
    agent.debug.fd = -1;
    if (agent_main_start(&agent, said, &why) == SCRAM_OK)
        return EXIT_STOPPED;
    fprintf(stderr, "gss-scram-agent: %s\n", why.text);
    return EXIT_CANNOT_SERVE;
}
