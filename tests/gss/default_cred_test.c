/*
 * A server that names no credential: it gets the account's, which is kept, so
 * that serving a client reads no configuration and opens no file, and which
 * follows the account and the configuration all the same.
 */
#include "world.h"
#include "world_broker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gss_cred_id_t client;

static bool
alice_gets_in(void)
{
    struct handshake h;
    bool in;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = client;
    handshake_run(&h);
    in = handshake_is_complete(&h);
    h.client_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
    return in;
}

static void
nap(void)
{
    struct timespec pause = {0, 5000000};

    nanosleep(&pause, NULL);
}

/* Have this process open no file any more; false where that cannot be had. */
static bool
forbid_opening(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
#ifdef SYS_open
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 1, 0),
#else
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
    };
    struct sock_fprog program = {COUNT(code), code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           open(world_path("scram.conf"), O_RDONLY) < 0 && errno == EACCES;
}

/* In a process of its own: others have files to open when they end. */
static int
serve_without_opening(void)
{
    int refused = 0, i;

    if (!alice_gets_in() || !forbid_opening())
        return 100;
    for (i = 0; i < 500; i++)
        refused += !alice_gets_in();
    return refused != 0;
}

START_TEST(a_client_is_served_without_opening_a_file)
{
    int status;

    world_let_settle(world_path("scram.conf"));
    ck_assert(alice_gets_in());
    if (fork() == 0)
        _exit(serve_without_opening());
    ck_assert_int_gt(wait(&status), 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void
write_store(const char *file, const char *store)
{
    world_write(file, "[scram]\n    store = file:%s\n", world_path(store));
}

/* Soon, and from then on for every client. */
START_TEST(a_changed_configuration_is_noticed)
{
    int i;

    world_set_password(world_store_at("other"), "alice", "different");
    world_let_settle(world_path("scram.conf"));
    ck_assert(alice_gets_in());
    ck_assert(alice_gets_in());
    write_store("scram.conf", "other");
    while (alice_gets_in())
        nap();
    for (i = 0; i < 200; i++) {
        ck_assert(!alice_gets_in());
        nap();
    }
    write_store("scram.conf", "users");
    while (!alice_gets_in())
        nap();
    for (i = 0; i < 20; i++)
        ck_assert(alice_gets_in());
}
END_TEST

START_TEST(a_configuration_that_breaks_is_noticed_and_one_that_is_mended)
{
    world_let_settle(world_path("scram.conf"));
    ck_assert(alice_gets_in());
    world_write("scram.conf", "[scram]\n    stoer = nowhere\n");
    while (alice_gets_in())
        nap();
    write_store("scram.conf", "users");
    while (!alice_gets_in())
        nap();
    ck_assert_int_eq(unlink(world_path("scram.conf")), 0);
    ck_assert_int_eq(symlink("/nonexistent/x", world_path("scram.conf")), 0);
    while (alice_gets_in())
        nap();
    ck_assert_int_eq(unlink(world_path("scram.conf")), 0);
    write_store("scram.conf", "users");
    while (!alice_gets_in())
        nap();
}
END_TEST

START_TEST(another_configuration_is_used_at_once)
{
    world_set_password(world_store_at("other"), "alice", "different");
    write_store("other.conf", "other");
    world_let_settle(world_path("other.conf"));
    ck_assert(alice_gets_in());
    setenv("GSS_SCRAM_CONFIG", world_path("other.conf"), 1);
    ck_assert(!alice_gets_in());
    setenv("GSS_SCRAM_CONFIG", world_path("scram.conf"), 1);
    ck_assert(alice_gets_in());
}
END_TEST

/* Each account has a store of its own in the configuration, and may read no
 * other: nobody's is the one that alice can use. A broker goes by its own
 * configuration, in which root alone is served. */
START_TEST(a_server_that_changes_its_account_uses_that_account_s)
{
    static const struct {
        uid_t id;
        bool in;
    } accounts[] = {{0, true}, {1, false}, {65534, true}, {0, true}};
    size_t i, round;

    if (geteuid() != 0) /* only root can be several accounts */
        return;
    world_set_password(world_store_at("other"), "alice", "different");
    world_write("scram.conf",
                "[scram]\n    store = file:%s\n"
                "[accounts]\n daemon = {\n  store = file:%s\n }\n",
                world_path("users"), world_path("other"));
    ck_assert_int_eq(chmod(world_path("."), 0755), 0);
    ck_assert_int_eq(chmod(world_path("users"), 0644), 0);
    ck_assert_int_eq(chmod(world_path("other"), 0644), 0);
    world_let_settle(world_path("scram.conf"));
    for (round = 0; round < 3; round++) {
        for (i = 0; i < COUNT(accounts); i++) {
            ck_assert_int_eq(seteuid(accounts[i].id), 0);
            ck_assert_int_eq(alice_gets_in(), world_is_brokered()
                                                  ? accounts[i].id == 0
                                                  : accounts[i].in);
            ck_assert_int_eq(seteuid(0), 0);
        }
    }
}
END_TEST

static void *
serve_until_told(void *data)
{
    const atomic_bool *stop = data;
    long refused = 0;

    while (!atomic_load(stop))
        refused += !alice_gets_in();
    return (void *)refused;
}

START_TEST(threads_are_served_while_the_configuration_changes)
{
    static atomic_bool stop;
    pthread_t threads[3];
    void *refused;
    size_t i, round;

    world_let_settle(world_path("scram.conf"));
    for (i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, serve_until_told, &stop), 0);
    for (round = 0; round < 2; round++) {
        /* What it says does not change, but that has to be read. */
        ck_assert_int_eq(chmod(world_path("scram.conf"), 0644), 0);
        world_let_settle(world_path("scram.conf"));
    }
    atomic_store(&stop, true);
    for (i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], &refused);
        ck_assert_ptr_null(refused);
    }
}
END_TEST

START_TEST(children_are_served_as_their_parent_is)
{
    int i, status;

    world_let_settle(world_path("scram.conf"));
    for (i = 0; i < 5; i++) {
        ck_assert(alice_gets_in());
        if (fork() == 0)
            _exit(!alice_gets_in() || !alice_gets_in());
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

static void
acquire_client(void)
{
    client = user_cred("alice", "wonderland", &sha_256);
}

static void
release_client(void)
{
    OM_uint32 minor;

    gss_release_cred(&minor, &client);
}

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, acquire_client, release_client);
    tcase_add_test(tests, a_client_is_served_without_opening_a_file);
    tcase_add_test(tests, a_changed_configuration_is_noticed);
    tcase_add_test(
        tests, a_configuration_that_breaks_is_noticed_and_one_that_is_mended);
    tcase_add_test(tests, another_configuration_is_used_at_once);
    tcase_add_test(tests,
                   a_server_that_changes_its_account_uses_that_account_s);
    tcase_add_test(tests, threads_are_served_while_the_configuration_changes);
    tcase_add_test(tests, children_are_served_as_their_parent_is);
}

int
main(void)
{
    return world_run("default_cred", add, 60);
}
