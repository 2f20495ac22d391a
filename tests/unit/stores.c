#include "stores.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "noise.h"
#include "scratch.h"
#include "store/file_shared.h"

#define NOBODY 65534

static char here[256];

void
stores_wait_seen(void)
{
    file_shared_wait_seen();
}

static void
make_here(void)
{
    snprintf(here, sizeof(here), "%s", scratch_path("XXXXXX"));
    ck_assert_ptr_nonnull(mkdtemp(here));
    ck_assert_int_eq(chmod(here, 0755), 0);
}

void
stores_add_fixtures(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, make_here, NULL);
}

const char *
stores_path(const char *name)
{
    return stores_location(name) + strlen(STORES_SCHEME);
}

const char *
stores_location(const char *name)
{
    static _Thread_local char locations[32][512];
    static _Thread_local unsigned next;
    char *location = locations[next++ % 32];

    snprintf(location, sizeof(locations[0]), STORES_SCHEME "%s/%s", here, name);
    return location;
}

struct store *
stores_open(const char *name, enum store_mode mode)
{
    struct sentence why = {""};
    struct store *store = NULL;

    ck_assert_msg(store_open(STORES_KINDS, stores_location(name), mode, &store,
                             &why) == SCRAM_OK,
                  "%s", why.text);
    return store;
}

struct scram_verifier
stores_verifier(const char *user, unsigned version)
{
    struct scram_verifier v = {
        .mechanism = SCRAM_SHA_256,
        .iterations = 5000,
        .salt_len = SCRAM_SALT_LEN,
        .enabled = version % 2 == 0,
    };
    struct noise noise = {version};

    for (; *user != '\0'; user++)
        noise.state = noise_next(&noise) ^ (uint8_t)*user;
    noise_fill(&noise, v.salt, v.salt_len);
    memcpy(v.salt, &version, sizeof(version));
    noise_fill(&noise, v.stored_key.data, sizeof(v.stored_key.data));
    noise_fill(&noise, v.server_key.data, sizeof(v.server_key.data));
    return v;
}

struct scram_verifier
stores_sha1_verifier(const char *user)
{
    struct scram_verifier v = stores_verifier(user, 0);

    v.mechanism = SCRAM_SHA_1;
    memset(v.stored_key.data + 20, 0, 12);
    memset(v.server_key.data + 20, 0, 12);
    return v;
}

void
stores_check_equal(const struct scram_verifier *a,
                   const struct scram_verifier *b)
{
    ck_assert_int_eq(a->mechanism, b->mechanism);
    ck_assert_uint_eq(a->iterations, b->iterations);
    ck_assert_uint_eq(a->salt_len, b->salt_len);
    ck_assert_mem_eq(a->salt, b->salt, a->salt_len);
    ck_assert_mem_eq(&a->stored_key, &b->stored_key, sizeof(a->stored_key));
    ck_assert_mem_eq(&a->server_key, &b->server_key, sizeof(a->server_key));
    ck_assert_int_eq(a->enabled, b->enabled);
    ck_assert_uint_eq(a->expires, b->expires);
    ck_assert(slice_equal(groups_slice(&a->groups), groups_slice(&b->groups)));
}

bool
stores_is_verifier(const struct scram_verifier *verifier, const char *user,
                   unsigned *version)
{
    struct scram_verifier v;

    memcpy(version, verifier->salt, sizeof(*version));
    v = stores_verifier(user, *version);
    return v.mechanism == verifier->mechanism &&
           v.iterations == verifier->iterations &&
           v.salt_len == verifier->salt_len && v.enabled == verifier->enabled &&
           memcmp(v.salt, verifier->salt, v.salt_len) == 0 &&
           memcmp(&v.stored_key, &verifier->stored_key, 32) == 0 &&
           memcmp(&v.server_key, &verifier->server_key, 32) == 0;
}

void
stores_add(struct store *store, const char *user, unsigned version)
{
    struct scram_verifier v = stores_verifier(user, version);
    struct sentence why = {""};

    ck_assert_msg(store_put(store, slice_of(user), &v, STORE_ADD, &why) ==
                      SCRAM_OK,
                  "%s", why.text);
}

enum scram_status
stores_look_up(struct store *store, const char *user, unsigned *version)
{
    struct scram_verifier v;
    enum scram_status status;

    status = store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, NULL);
    if (status == SCRAM_OK && !stores_is_verifier(&v, user, version))
        return SCRAM_BAD_ENCODING;
    return status;
}

bool
stores_has(struct store *store, const char *user, unsigned version)
{
    unsigned found = 0;
    enum scram_status status = stores_look_up(store, user, &found);

    ck_assert_msg(status == SCRAM_OK || status == SCRAM_NO_USER,
                  "status %d for %s", status, user);
    return status == SCRAM_OK && found == version;
}

void
stores_overwrite(const char *from, const char *to)
{
    FILE *source = fopen(stores_path(from), "r");
    FILE *target = fopen(stores_path(to), "r+");
    char bytes[4096];
    size_t len;

    ck_assert(source != NULL && target != NULL);
    while ((len = fread(bytes, 1, sizeof(bytes), source)) > 0)
        ck_assert_uint_eq(fwrite(bytes, 1, len, target), len);
    ck_assert_int_eq(ferror(source), 0);
    fclose(source);
    ck_assert_int_eq(fclose(target), 0);
}

pid_t
stores_start(int (*run)(void *data), void *data)
{
    pid_t parent = getpid(), process = fork();

    if (process == 0) {
        signal(SIGALRM, SIG_DFL); /* Check's own would kill its parent */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(99);
        _exit(run(data));
    }
    ck_assert_int_gt(process, 0);
    return process;
}

int
stores_wait(pid_t process)
{
    int status;

    while (waitpid(process, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

int
stores_run(int (*run)(void *data), void *data)
{
    return stores_wait(stores_start(run, data));
}

const char *
stores_user(unsigned number)
{
    static char name[64];

    snprintf(name, sizeof(name), "%048u", number);
    return name;
}

static bool
say(const struct stores_writer *w, unsigned user, unsigned version, bool done)
{
    struct stores_step step;

    memset(&step, 0, sizeof(step));
    step = (struct stores_step){user, version, done};
    return write(w->said[1], &step, sizeof(step)) == sizeof(step);
}

/* Make a user be there with a version, or not be there. */
static enum scram_status
change(struct store *store, const char *user, unsigned version)
{
    struct scram_verifier v = stores_verifier(user, version);
    enum scram_status status;

    if (version == 0) {
        status = store_remove(store, slice_of(user), NULL);
        return status == SCRAM_NO_USER ? SCRAM_OK : status;
    }
    status = store_put(store, slice_of(user), &v, STORE_ADD, NULL);
    if (status == SCRAM_USER_EXISTS)
        status = store_put(store, slice_of(user), &v, STORE_REPLACE, NULL);
    return status;
}

static int
write_until_killed(void *data)
{
    const struct stores_writer *w = data;
    struct noise noise = {w->seed};
    struct store *store;

    if (store_open(STORES_KINDS, stores_location(w->store), STORE_CREATE,
                   &store, NULL) != SCRAM_OK)
        return 1;
    for (;;) {
        unsigned user = (unsigned)noise_below(&noise, STORES_USERS);
        unsigned version = (unsigned)noise_below(&noise, 8);

        if (!say(w, user, version, false))
            return 2;
        if (change(store, stores_user(user), version) != SCRAM_OK)
            return 3;
        if (!say(w, user, version, true))
            return 4;
    }
}

struct stores_writer
stores_writer_start(const char *store, uint64_t seed)
{
    struct stores_writer w = {.store = store, .seed = seed};

    ck_assert_int_eq(pipe(w.said), 0);
    w.process = stores_start(write_until_killed, &w);
    close(w.said[1]);
    return w;
}

void
stores_writer_kill(struct stores_writer *w,
                   void (*hear)(const struct stores_step *step))
{
    struct stores_step step;

    kill(w->process, SIGKILL);
    while (read(w->said[0], &step, sizeof(step)) == sizeof(step))
        hear(&step);
    close(w->said[0]);
    ck_assert_int_eq(stores_wait(w->process), 100 + SIGKILL);
}

unsigned
stores_version(struct store *store, unsigned number)
{
    unsigned version = 0;
    enum scram_status status =
        stores_look_up(store, stores_user(number), &version);

    ck_assert_msg(status == SCRAM_OK || status == SCRAM_NO_USER,
                  "user %u: status %d", number, status);
    return status == SCRAM_OK ? version : 0;
}

/* store_iterate's */
static enum scram_status
count(void *data, struct slice user, const struct scram_verifier *v)
{
    (void)user;
    (void)v;
    ++*(unsigned *)data;
    return SCRAM_OK;
}

void
stores_check_whole(struct store *store, unsigned there)
{
    struct scram_verifier v;
    unsigned visited = 0;

    ck_assert_int_eq(store_iterate(store, count, &visited, NULL), SCRAM_OK);
    ck_assert_uint_eq(visited, there);
    ck_assert_int_eq(
        store_look_up(store, SCRAM_SHA_256, SLICE("nobody"), &v, NULL),
        SCRAM_NO_USER);
    ck_assert_uint_eq(v.iterations,
                      there == 0 ? scram_default_iterations(SCRAM_SHA_256)
                                 : stores_verifier("x", 0).iterations);
}

double
stores_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool
stores_within(double start, double seconds)
{
    struct timespec pause = {0, 2000000};

    nanosleep(&pause, NULL);
    return stores_now() - start < seconds;
}

void
stores_become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(98);
}
