#include "apart.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

#define PATIENCE 30 /* seconds */

static void
nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* What clients call; Check is there the first time. */
gss_name_t
apart_target(void)
{
    static gss_name_t target;

    if (target == GSS_C_NO_NAME)
        target = name_of("host@server", GSS_C_NT_HOSTBASED_SERVICE);
    return target;
}

void
apart_run(apart_work *work, void *data)
{
    char *wrong = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child;
    int status;

    ck_assert(wrong != MAP_FAILED);
    apart_target();
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        const char *what = work(data);

        if (what != NULL)
            snprintf(wrong, 4096, "%s", what);
        _exit(what != NULL);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(!WIFSIGNALED(status), "killed: %s",
                  strsignal(WTERMSIG(status)));
    ck_assert_str_eq(wrong, "");
    ck_assert_int_eq(status, 0);
    munmap(wrong, 4096);
}

const char *
apart_wrong(const char *format, ...)
{
    static char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return text;
}

bool
apart_login(gss_cred_id_t client, gss_cred_id_t server)
{
    struct shared shared = {.server = server, .target = apart_target()};
    struct pair pair = {0};
    bool in;

    in = pair_run(&pair, &shared, client);
    pair_release(&pair);
    return in;
}

gss_cred_id_t
apart_server_cred(void)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor;

    if (gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs, GSS_C_ACCEPT, &cred,
                         NULL, NULL) != GSS_S_COMPLETE)
        return GSS_C_NO_CREDENTIAL;
    return cred;
}

bool
apart_login_until(gss_cred_id_t client, gss_cred_id_t server, bool in)
{
    time_t end = time(NULL) + PATIENCE;

    while (apart_login(client, server) != in) {
        if (time(NULL) > end)
            return false;
        nap();
    }
    return true;
}

bool
apart_add_user(const char *user, const char *password)
{
    pid_t child = fork();
    int status = 1;

    if (child == 0) {
        world_add_user(user, password, SCRAM_SHA_256, true);
        _exit(EXIT_SUCCESS);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
