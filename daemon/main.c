/*
 * gss-scramd: verifiers in a process of their own, which answers every server
 * on the machine over one socket.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_broker.h"
#include "base/config_file.h"
#include "base/daemon.h"
#include "daemon/broker.h"
#include "daemon/options.h"
#include "daemon/privileges.h"
#include "daemon/process.h"
#include "daemon/seal_file.h"

const char gss_scram_daemon[] = "gss-scramd";

enum { EXIT_STOPPED, EXIT_CANNOT_SERVE, EXIT_USAGE };

enum {
    OPTION_FOREGROUND,
    OPTION_DEBUG,
    OPTION_CONFIG,
    OPTION_SOCKET,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

static const struct option list[OPTION_COUNT] = {
    [OPTION_FOREGROUND] = {"--foreground", NULL,
                           "make the sockets, and log to standard error"},
    [OPTION_DEBUG] = {"--debug", "FILE",
                      "append every message to FILE, without its secrets"},
    [OPTION_CONFIG] = {"--config", "FILE",
                       "read FILE, and not " CONFIG_DEFAULT_PATH},
    [OPTION_SOCKET] =
        {"--socket", "PATH",
         "make the socket for servers there, whatever is configured"},
    [OPTION_HELP] = {"--help", NULL, "say this"},
    [OPTION_VERSION] = {"--version", NULL, "say which version this is"},
};

static const struct options options = {
    gss_scram_daemon,
    "Keep the verifiers of users, and check the logins of this machine's "
    "servers.",
    list, OPTION_COUNT};

/* Make the socket at which the module asks, as it reads where that is. */
static enum scram_status
make_servers_socket(const char *named, struct sockets *sockets,
                    struct sentence *why)
{
    struct config config CLEANUP_CONFIG = {0};
    enum scram_status status =
        config_load_file(config_path(), NULL, &config, why);

    if (status != SCRAM_OK)
        return status;
    if (named == NULL && config.broker[0] == '\0') {
        sentence_write(why,
                       "%s does not say where the socket for servers is: write "
                       "broker = " CONFIG_INSTALLED_BROKER " in [scram]",
                       config_path());
        return SCRAM_BAD_CONFIG;
    }
    return sockets_make(sockets, named != NULL ? named : config.broker, 0666,
                        0755, false, why);
}

/* Open what is listened at. */
static enum scram_status
main_open_sockets(const char **said, const struct config_broker *config,
                  struct sockets *sockets, struct sentence *why)
{
    enum scram_status status = sockets_inherit(sockets, config->admin, why);

    if (status != SCRAM_OK || sockets->count != 0)
        return status;
    if (said[OPTION_FOREGROUND] == NULL) {
        sentence_write(why, "no socket was handed over: let systemd start "
                            "gss-scramd.socket, or say --foreground");
        return SCRAM_BAD_ARGUMENT;
    }
    status = make_servers_socket(said[OPTION_SOCKET], sockets, why);
    if (status == SCRAM_OK)
        status = sockets_make(sockets, config->admin, 0600, 0755, true, why);
    return status;
}

/* The configuration that is read, now and later, is the one that was named. */
static enum scram_status
name_configuration(const char *path, struct sentence *why)
{
    if (path == NULL)
        return SCRAM_OK;
    if (config_file_is_absent(path)) {
        sentence_write(why, "there is no file %s", path);
        return SCRAM_BAD_CONFIG;
    }
    if (setenv("GSS_SCRAM_CONFIG", path, 1) == 0)
        return SCRAM_OK;
    sentence_write(why, "cannot name %s: %s", path, strerror(errno));
    return SCRAM_NO_MEMORY;
}

static enum scram_status
open_debug(struct broker *broker, const char *path, struct sentence *why)
{
    if (path == NULL || debug_open(&broker->debug, path))
        return SCRAM_OK;
    sentence_write(why, "cannot write to %s: %s", path, strerror(errno));
    return SCRAM_NO_RESOURCES;
}

/* The keys of the time before this start, or new ones. */
static enum scram_status
make_keys(struct broker *broker, const char *folder, struct seal_keys *keys,
          struct sentence *why)
{
    uint64_t now = seal_now();

    seal_file_read(folder, now, keys, why);
    if (why->text[0] != '\0')
        system_log_line(&broker->log, LOG_LEVEL_WARNING, why->text);
    return seal_file_is_due(keys, now) ? seal_file_renew(folder, now, keys, why)
                                       : SCRAM_OK;
}

/* Make all that serving needs, and serve. */
static enum scram_status
main_serve(struct broker *broker, const struct config_broker *config,
           struct sockets *sockets, struct sentence *why)
{
    struct accounts *accounts = NULL;
    struct seal_keys keys = {.count = 0};
    enum scram_status status = make_keys(broker, config->state, &keys, why);

    if (status == SCRAM_OK)
        status = accounts_read(config, NULL, &accounts, why);
    if (status == SCRAM_OK)
        status =
            broker_begin(broker, sockets, config->state, accounts, &keys, why);
    seal_keys_wipe(&keys);
    if (status != SCRAM_OK)
        return status;
    sockets_notify("READY=1");
    system_log_line(&broker->log, LOG_LEVEL_INFO, "serves");
    status = broker_run(broker, why);
    sockets_notify("STOPPING=1");
    return status;
}

static enum scram_status
main_start(struct broker *broker, const char **said, struct sentence *why)
{
    struct config_broker config CLEANUP_CONFIG_BROKER = {0};
    struct sockets sockets = {.count = 0};
    enum scram_status status = name_configuration(said[OPTION_CONFIG], why);
    int lock = -1;

    if (status == SCRAM_OK)
        status = config_broker_load(&config, why);
    if (status == SCRAM_OK)
        status = open_debug(broker, said[OPTION_DEBUG], why);
    if (status == SCRAM_OK)
        status = main_open_sockets(said, &config, &sockets, why);
    if (status == SCRAM_OK)
        status = privileges_drop(config.account, config.state, why);
    if (status == SCRAM_OK)
        status = privileges_lock(config.state, &lock, why);
    if (status == SCRAM_OK)
        status = main_serve(broker, &config, &sockets, why);
    sockets_close(&sockets);
    if (!broker_end(broker))
        _exit(status == SCRAM_OK ? EXIT_STOPPED : EXIT_CANNOT_SERVE);
    if (lock >= 0)
        close(lock);
    return status;
}

/*
 * LMDB reads its file through a mapping, where a page past the end is SIGBUS.
 * Only gss-scramd writes to the file, so that somebody has cut it short: there
 * is nothing to go on with, and a sentence to say, by what a signal's handler
 * may call. Another reason for SIGBUS ends the process as it would have.
 */
static void
end_for_a_file_cut_short(int number, siginfo_t *info, void *context)
{
    static const char sentence[] =
        "gss-scramd: the file of a store was cut short while it was in use. "
        "Put it back from a backup, or move it away and import its users\n";

    (void)context;
    if (info->si_code != BUS_ADRERR) {
        signal(number, SIG_DFL);
        return;
    }
    (void)!write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
    _exit(EXIT_CANNOT_SERVE);
}

int
main(int argc, char **argv)
{
    static struct broker broker;
    const struct sigaction cut = {.sa_sigaction = end_for_a_file_cut_short,
                                  .sa_flags = SA_SIGINFO};
    struct sentence why = {""};
    const char *said[OPTION_COUNT];

    if (!options_read(&options, argc, argv, said, &why)) {
        fprintf(stderr, "gss-scramd: %s; see gss-scramd --help\n", why.text);
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
    sigaction(SIGBUS, &cut, NULL);
    broker.log.fd = broker.debug.fd = -1;
    broker.log.foreground = said[OPTION_FOREGROUND] != NULL;
    if (main_start(&broker, said, &why) == SCRAM_OK)
        return EXIT_STOPPED;
    fprintf(stderr, "gss-scramd: %s\n", why.text);
    return EXIT_CANNOT_SERVE;
}
