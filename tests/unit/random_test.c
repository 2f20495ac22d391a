#include "unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "copied.h"
#include "gss/random.h"
#include "scram/message.h"

#define DRAWS 200 /* more than a batch has */
#define LEN 16

struct draws {
    uint8_t bytes[DRAWS][LEN];
};

static void
draw(struct draws *draws)
{
    size_t i;

    for (i = 0; i < DRAWS; i++)
        ck_assert_int_eq(random_bytes(draws->bytes[i], LEN), SCRAM_OK);
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, LEN);
}

static void
assert_all_different(struct draws *draws, size_t count)
{
    uint8_t(*bytes)[LEN] = draws->bytes;
    size_t i;

    qsort(bytes, count * DRAWS, LEN, compare);
    for (i = 1; i < count * DRAWS; i++)
        ck_assert_mem_ne(bytes[i - 1], bytes[i], LEN);
}

START_TEST(no_bytes_are_drawn_twice)
{
    static struct draws draws;

    draw(&draws);
    assert_all_different(&draws, 1);
}
END_TEST

static void *
thread(void *draws)
{
    draw(draws);
    return NULL;
}

START_TEST(threads_draw_different_bytes)
{
    static struct draws draws[4];
    pthread_t threads[COUNT(draws)];
    int i;

    for (i = 0; i < COUNT(draws); i++)
        pthread_create(&threads[i], NULL, thread, &draws[i]);
    for (i = 0; i < COUNT(draws); i++)
        pthread_join(threads[i], NULL);
    assert_all_different(draws, COUNT(draws));
}
END_TEST

/* The ways to fork: the C library's, with the kernel's help and without, and
 * the kernel's own. */
enum way { BY_LIBRARY, BY_LIBRARY_ALONE, BY_KERNEL, WAYS };

static pid_t
do_fork(enum way way)
{
    return way == BY_KERNEL ? copied_clone() : fork();
}

static void
send(int fd, const struct draws *draws)
{
    size_t sent = 0;

    while (sent < sizeof(*draws)) {
        ssize_t n =
            write(fd, (const char *)draws + sent, sizeof(*draws) - sent);

        if (n <= 0)
            _exit(EXIT_FAILURE);
        sent += (size_t)n;
    }
}

static void
receive(int fd, struct draws *draws)
{
    size_t got = 0;

    while (got < sizeof(*draws)) {
        ssize_t n = read(fd, (char *)draws + got, sizeof(*draws) - got);

        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
}

static _Noreturn void
draw_and_exit(int fd)
{
    static struct draws draws;

    draw(&draws);
    send(fd, &draws);
    _exit(EXIT_SUCCESS);
}

/* A child that draws, and whose own child draws if it is to have one. */
static _Noreturn void
child(int fd, enum way way, bool has_child)
{
    uint8_t first[LEN];
    int status = 0;
    pid_t pid;

    if (has_child && random_bytes(first, sizeof(first)) == SCRAM_OK) {
        pid = do_fork(way);
        if (pid == 0)
            draw_and_exit(fd);
        waitpid(pid, &status, 0);
    }
    if (status != 0)
        _exit(EXIT_FAILURE);
    draw_and_exit(fd);
}

START_TEST(processes_draw_different_bytes)
{
    static struct draws draws[4];
    int fds[2], status, i;
    uint8_t first[LEN];
    pid_t pids[2];

    ck_assert_int_eq(pipe(fds), 0);
    if (_i == BY_LIBRARY_ALONE)
        copied_keep_on_fork();
    /* Part of a batch is left when they are forked. */
    ck_assert_int_eq(random_bytes(first, sizeof(first)), SCRAM_OK);
    for (i = 0; i < COUNT(pids); i++) {
        pids[i] = do_fork((enum way)_i);
        if (pids[i] == 0)
            child(fds[1], (enum way)_i, i == 0);
    }
    draw(&draws[0]);
    for (i = 1; i < COUNT(draws); i++)
        receive(fds[0], &draws[i]);
    for (i = 0; i < COUNT(pids); i++) {
        waitpid(pids[i], &status, 0);
        ck_assert_int_eq(status, 0);
    }
    assert_all_different(draws, COUNT(draws));
    close(fds[0]);
    close(fds[1]);
}
END_TEST

START_TEST(nonces_differ_and_are_all_of_their_length)
{
    uint8_t memory[2][SCRAM_NONCE_LEN + 1];
    int i;

    for (i = 0; i < 2; i++) {
        struct buffer nonce = BUFFER_ARRAY(memory[i]);

        ck_assert_int_eq(random_nonce(&nonce, NULL), SCRAM_OK);
        ck_assert_uint_eq(nonce.len, SCRAM_NONCE_LEN);
    }
    ck_assert_mem_ne(memory[0], memory[1], SCRAM_NONCE_LEN);
}
END_TEST

static const struct {
    int error; /* what getrandom(2) fails with */
    const char *says;
} refusals[] = {
    {ENOSYS, "filter of system calls"},
    {EPERM, "filter of system calls"},
    {EAGAIN, "try again"},
};

/* Have getrandom(2) fail in this process; false where that cannot be had. */
static bool
forbid_getrandom(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(code), code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static _Noreturn void
ask_for_a_nonce(int i)
{
    uint8_t memory[SCRAM_NONCE_LEN];
    struct buffer nonce = BUFFER_ARRAY(memory);
    struct sentence why = {""};

    if (!forbid_getrandom(refusals[i].error))
        _exit(1);
    if (random_nonce(&nonce, &why) != SCRAM_CRYPTO_FAILED || nonce.len != 0)
        _exit(2);
    _exit(strstr(why.text, "getrandom") != NULL &&
                  strstr(why.text, refusals[i].says) != NULL
              ? 0
              : 3);
}

START_TEST(a_kernel_that_refuses_has_nobody_in_its_place)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        ask_for_a_nonce(_i);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(any_length_is_filled_and_no_more)
{
    uint8_t bytes[1200], guard = 0x5a;
    size_t len, i;

    for (len = 0; len < sizeof(bytes); len++) {
        uint8_t tail = 0;
        int tries;

        bytes[len] = guard;
        /* The last byte is zero at times, but not each time. */
        for (tries = 0; len != 0 && tail == 0 && tries < 20; tries++) {
            ck_assert_int_eq(random_bytes(bytes, len), SCRAM_OK);
            tail = bytes[len - 1];
        }
        ck_assert(len == 0 || tail != 0);
        ck_assert_uint_eq(bytes[len], guard);
    }
    for (i = 0; i + 32 < sizeof(bytes) - 1; i += 32)
        ck_assert_mem_ne(bytes + i, bytes + i + 16, 16);
}
END_TEST

/* A sanitizer leaves the locks of its own allocator taken in a child. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FORKS_AMONG_THREADS
#endif

#ifdef FORKS_AMONG_THREADS
/* More than a batch has, so that libcrypto is asked each time. */
static void *
draw_until_done(void *data)
{
    atomic_bool *done = data;
    uint8_t bytes[600];

    while (!atomic_load(done))
        (void)random_bytes(bytes, sizeof(bytes));
    return NULL;
}

START_TEST(a_child_can_draw_whatever_its_parents_threads_are_drawing)
{
    static atomic_bool drawn;
    pthread_t threads[2];
    int i, status;

    for (i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, draw_until_done, &drawn), 0);
    for (i = 0; i < 200; i++) {
        uint8_t bytes[600];
        pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0) {
            signal(SIGALRM, SIG_DFL); /* Check's own would kill its parent */
            alarm(20);
            _exit(random_bytes(bytes, sizeof(bytes)) != SCRAM_OK);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
    atomic_store(&drawn, true);
    for (i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
}
END_TEST
#endif

static void
add(TCase *tests)
{
    tcase_add_test(tests, no_bytes_are_drawn_twice);
    tcase_add_test(tests, threads_draw_different_bytes);
    tcase_add_loop_test(tests, processes_draw_different_bytes, 0, WAYS);
    tcase_add_test(tests, nonces_differ_and_are_all_of_their_length);
    tcase_add_loop_test(tests, a_kernel_that_refuses_has_nobody_in_its_place, 0,
                        COUNT(refusals));
    tcase_add_test(tests, any_length_is_filled_and_no_more);
#ifdef FORKS_AMONG_THREADS
    tcase_add_test(tests,
                   a_child_can_draw_whatever_its_parents_threads_are_drawing);
#endif
}

int
main(void)
{
    return unit_run("random", add, 30);
}
