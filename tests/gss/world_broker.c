#include "world_broker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static pid_t broker;

bool
world_is_brokered(void)
{
    return getenv("GSS_SCRAM_TEST_BROKER") != NULL;
}

static bool
serves(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool connected;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    connected =
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return connected;
}

/* In the child. */
static void
run(pid_t parent)
{
    const char *build = getenv("GSS_SCRAM_BUILD");
    char program[512];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    snprintf(program, sizeof(program), "%s/gss-scramd",
             build == NULL ? "." : build);
    if (freopen(world_path("broker.log"), "w", stderr) == NULL)
        _exit(1);
    /* A leak is looked for with ptrace, which it keeps away. */
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    execl(program, program, "--foreground", "--config",
          world_path("broker.conf"), "--socket", world_path("broker"),
          (char *)NULL);
    _exit(1);
}

void
world_broker_start(void)
{
    pid_t parent = getpid();
    int status;

    if (!world_is_brokered())
        return;
    world_write("broker.conf",
                "[broker]\n admin = %s\n state = %s\n account = root\n"
                " guess_burst = 0\n"
                "[scram]\n store = %s\n",
                world_path("admin"), world_path("state"), world_store());
    broker = fork();
    if (broker == 0)
        run(parent);
    while (!serves(world_path("broker"))) {
        if (broker < 0 || waitpid(broker, &status, WNOHANG) != 0) {
            fprintf(stderr, "gss-scramd does not serve: see %s\n",
                    world_path("broker.log"));
            exit(EXIT_FAILURE);
        }
        usleep(5000);
    }
}

void
world_broker_stop(void)
{
    if (broker <= 0)
        return;
    kill(broker, SIGTERM);
    waitpid(broker, NULL, 0);
}

const char *
world_broker_line(const char *configuration)
{
    static char line[512];

    if (broker <= 0 || strstr(configuration, world_store()) == NULL ||
        strstr(configuration, "broker") != NULL)
        return "";
    snprintf(line, sizeof(line), "    broker = %s\n", world_path("broker"));
    return line;
}
