#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gss/random.h"

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

/* Both ways to fork: glibc's, and the kernel's, of which no library is told. */
static pid_t
do_fork(bool by_kernel)
{
    return by_kernel ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
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
child(int fd, bool by_kernel, bool has_child)
{
    uint8_t first[LEN];
    int status = 0;
    pid_t pid;

    if (has_child && random_bytes(first, sizeof(first)) == SCRAM_OK) {
        pid = do_fork(by_kernel);
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
    /* Part of a batch is left when they are forked. */
    ck_assert_int_eq(random_bytes(first, sizeof(first)), SCRAM_OK);
    for (i = 0; i < COUNT(pids); i++) {
        pids[i] = do_fork(_i);
        if (pids[i] == 0)
            child(fds[1], _i, i == 0);
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
    tcase_add_loop_test(tests, processes_draw_different_bytes, 0, 2);
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
