#include "children.h"

#include <dirent.h>
#include <gssapi/gssapi_ext.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "mech.h"
#include "users.h"

enum { HELD_MAX = 256 }; /* deleted files that are told apart */

static double
wall_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One login, of which the acceptor's calls are timed. */
static double
log_in(const struct creds *creds, gss_name_t target)
{
    gss_buffer_desc to_server = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc to_client = GSS_C_EMPTY_BUFFER;
    struct ends ends = {GSS_C_NO_CONTEXT, GSS_C_NO_CONTEXT};
    OM_uint32 minor, client, server = GSS_S_CONTINUE_NEEDED;
    double ns = 0, began;

    do {
        client = gss_init_sec_context(
            &minor, creds->client, &ends.client, target, (gss_OID)&mechs[0].oid,
            GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS, &to_client, NULL,
            &to_server, NULL, NULL);
        gss_release_buffer(&minor, &to_client);
        if (to_server.length == 0)
            break;
        began = clock_ns();
        server =
            gss_accept_sec_context(&minor, &ends.server, creds->server,
                                   &to_server, GSS_C_NO_CHANNEL_BINDINGS, NULL,
                                   NULL, &to_client, NULL, NULL, NULL);
        ns += clock_ns() - began;
        gss_release_buffer(&minor, &to_server);
    } while (client == GSS_S_CONTINUE_NEEDED && !GSS_ERROR(server));
    if (client != GSS_S_COMPLETE || server != GSS_S_COMPLETE)
        fail("a login in a child failed");
    mech_end(&ends);
    return ns;
}

void
children_log_in(int children, struct figure *first, struct figure *second)
{
    gss_buffer_desc text = {strlen(mechs[0].target), (void *)mechs[0].target};
    double *ns = calloc((size_t)children * 2, sizeof(*ns)), pair[2];
    struct creds creds;
    gss_name_t target;
    OM_uint32 minor;
    char why[256];
    int i, ends[2];

    if (ns == NULL || pipe(ends) != 0)
        fail("no memory or no pipe");
    if (!mech_acquire(&mechs[0], &creds, why))
        fail(why);
    gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &target);
    log_in(&creds, target);
    for (i = 0; i < children; i++) {
        pid_t child = fork();

        if (child == 0) {
            pair[0] = log_in(&creds, target);
            pair[1] = log_in(&creds, target);
            _exit(write(ends[1], pair, sizeof(pair)) != sizeof(pair));
        }
        if (child < 0 || waitpid(child, NULL, 0) != child ||
            read(ends[0], pair, sizeof(pair)) != sizeof(pair))
            fail("a child did not log in");
        ns[i] = pair[0];
        ns[children + i] = pair[1];
    }
    *first = figure_of(ns, (size_t)children);
    *second = figure_of(ns + children, (size_t)children);
    gss_release_name(&minor, &target);
    mech_release(&creds);
    close(ends[0]);
    close(ends[1]);
    free(ns);
}

static struct store *
open_store(const char *location, enum store_mode mode)
{
    struct sentence why = {""};
    struct store *store;

    if (store_open(STORE_KINDS(&store_file_writer), location, mode, &store,
                   &why) != SCRAM_OK)
        fail(why.text);
    return store;
}

static void
look_up(struct store *store, unsigned user)
{
    struct user_name name = user_name(user);
    struct scram_verifier verifier;
    struct sentence why = {""};

    if (store_look_up(store, SCRAM_SHA_256, slice_of(name.text), &verifier,
                      &why) != SCRAM_OK)
        fail(why.text);
}

/* Give user 0 one of two verifiers in turn, so that something changes. */
static void
change(const char *location)
{
    static unsigned changes;
    struct store *store = open_store(location, STORE_WRITE);
    struct scram_verifier v = users_verifier();
    struct user_name name = user_name(0);
    struct sentence why = {""};

    v.iterations += ++changes % 2;
    if (store_put(store, slice_of(name.text), &v, STORE_REPLACE, &why) !=
        SCRAM_OK)
        fail(why.text);
    store_close(store);
}

/* The bytes that this process shares with nobody. */
static double
private_memory(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    double kib, sum = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "Private_Clean: %lf", &kib) == 1 ||
            sscanf(line, "Private_Dirty: %lf", &kib) == 1)
            sum += kib * 1024;
    }
    if (file != NULL)
        fclose(file);
    return sum;
}

struct report {
    double done_ms, cpu_ns, memory;
};

/* A child: it has had the store open, and waits for the change. */
static void
serve(struct store *store, int number, int go, int done)
{
    struct report report;
    char byte;

    look_up(store, (unsigned)number);
    if (write(done, &report, sizeof(report)) < 0 || read(go, &byte, 1) != 0)
        _exit(1);
    report.cpu_ns = clock_ns();
    look_up(store, (unsigned)number + 1);
    report.cpu_ns = clock_ns() - report.cpu_ns;
    report.done_ms = wall_ms();
    report.memory = private_memory();
    _exit(write(done, &report, sizeof(report)) != sizeof(report));
}

static void
take(int from, struct report *report)
{
    if (read(from, report, sizeof(*report)) != sizeof(*report))
        fail("a child did not look anybody up");
}

struct children_cost
children_look_up(const char *location, int children)
{
    struct store *store = open_store(location, STORE_READ);
    struct children_cost cost = {0};
    int go[2], done[2], i;
    struct report report;
    double began;

    look_up(store, 0);
    if (pipe(go) != 0 || pipe(done) != 0)
        fail("no pipe");
    for (i = 0; i < children; i++) {
        pid_t child = fork();

        if (child == 0) {
            close(go[1]);
            serve(store, i, go[0], done[1]);
        }
        if (child < 0)
            fail("no child");
    }
    for (i = 0; i < children; i++)
        take(done[0], &report);
    change(location);
    usleep(300000); /* as long as anybody may not have looked */
    began = wall_ms();
    close(go[1]);
    for (i = 0; i < children; i++) {
        take(done[0], &report);
        cost.cpu_ms += report.cpu_ns / 1e6;
        cost.memory += report.memory / children;
        if (i == 0 || report.done_ms - began < cost.first_ms)
            cost.first_ms = report.done_ms - began;
        if (report.done_ms - began > cost.all_ms)
            cost.all_ms = report.done_ms - began;
    }
    while (wait(NULL) > 0)
        ;
    close(go[0]);
    close(done[0]);
    close(done[1]);
    store_close(store);
    return cost;
}

/* The files that are no longer in a folder and that a process has open. */
static int
deleted_files(pid_t pid, struct stat *files, int count)
{
    char folder[64], path[128];
    struct dirent *entry;
    struct stat file;
    DIR *dir;
    int i;

    snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
    dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%.32s", folder, entry->d_name);
        if (stat(path, &file) != 0 || !S_ISREG(file.st_mode) ||
            file.st_nlink != 0)
            continue;
        for (i = 0; i < count && (files[i].st_ino != file.st_ino ||
                                  files[i].st_dev != file.st_dev);
             i++)
            ;
        if (i == count && count < HELD_MAX)
            files[count++] = file;
    }
    if (dir != NULL)
        closedir(dir);
    return count;
}

double
children_hold(const char *location, int children, int changes)
{
    struct stat held[HELD_MAX];
    pid_t *pids = calloc((size_t)children, sizeof(*pids));
    int go[2], done[2], i, k, count = 0;
    double bytes = 0;
    char byte = 0;

    if (pids == NULL || pipe(go) != 0 || pipe(done) != 0)
        fail("no memory or no pipe");
    /* Each opens it after another change, and is idle from then on. */
    for (i = 0; i < children; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(go[1]);
            look_up(open_store(location, STORE_READ), (unsigned)i);
            _exit(write(done[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 0);
        }
        if (pids[i] < 0 || read(done[0], &byte, 1) != 1)
            fail("no child");
        for (k = 0; k < changes; k++)
            change(location);
    }
    for (i = 0; i < children; i++)
        count = deleted_files(pids[i], held, count);
    for (i = 0; i < count; i++)
        bytes += (double)held[i].st_blocks * 512;
    close(go[1]);
    while (wait(NULL) > 0)
        ;
    close(go[0]);
    close(done[0]);
    close(done[1]);
    free(pids);
    return bytes;
}
