#include "world_agent.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask/ask.h"
#include "world.h"

static pid_t agent;

const char *
world_agent_socket(void)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/gss-scram/agent", world_path("run"));
    return path;
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
    snprintf(program, sizeof(program), "%s/gss-scram-agent",
             build == NULL ? "." : build);
    if (freopen(world_path("agent.log"), "w", stderr) == NULL)
        _exit(1);
    execl(program, program, "--foreground", (char *)NULL);
    _exit(1);
}

void
world_agent_start(void)
{
    pid_t parent = getpid();
    int status;

    (void)mkdir(world_path("run"), 0700);
    setenv("XDG_RUNTIME_DIR", world_path("run"), 1);
    remove(world_path("credentials"));
    agent = fork();
    ck_assert_int_ge(agent, 0);
    if (agent == 0)
        run(parent);
    while (access(world_agent_socket(), F_OK) != 0) {
        ck_assert_int_eq(waitpid(agent, &status, WNOHANG), 0);
        usleep(5000);
    }
}

pid_t
world_agent_process(void)
{
    return agent;
}

void
world_agent_stop(void)
{
    if (agent == 0)
        return;
    kill(agent, SIGKILL);
    ck_assert_int_eq(waitpid(agent, NULL, 0), agent);
    remove(world_agent_socket());
    agent = 0;
}

/* ask_daemon's welcome */
static enum scram_status
take_welcome(struct slice bytes, struct sentence *why)
{
    struct wire_welcome w;

    (void)why;
    return wire_parse_welcome(bytes, &w) ? w.status : SCRAM_BAD_ENCODING;
}

/* ask_take */
static bool
take_kept(void *data, struct slice bytes)
{
    return wire_parse_kept(bytes, data);
}

const struct wire_keep world_agent_alice = {.target = SLICE("*"),
                                            .user = SLICE("alice"),
                                            .password = SLICE("wonderland"),
                                            .lifetime = 3600,
                                            .min_iterations = 4096};

void
world_agent_keep(const struct wire_keep *keep)
{
    const struct ask_daemon daemon = {.path = world_agent_socket(),
                                      .timeout = 60000,
                                      .name = "the agent",
                                      .unit = "it",
                                      .limit = "a test",
                                      .hello = SLICE("\1\1\1"),
                                      .welcome = take_welcome};
    uint8_t memory[512], answer_memory[2048];
    struct buffer question = BUFFER_ARRAY(memory);
    struct buffer answer = BUFFER_ARRAY(answer_memory);
    struct sentence why = {""};
    struct wire_kept kept;

    wire_put_keep(keep, &question);
    ck_assert_msg(ask_call(&daemon,
                           &(struct ask_question){buffer_slice(&question),
                                                  &answer, take_kept, &kept},
                           &why) == SCRAM_OK,
                  "%s", why.text);
    ck_assert_int_eq(kept.status, SCRAM_OK);
}
