#include "store/ldap_aside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/ldap_clock.h"
#include "unit.h"

/* Work that is over when something can be read, and says when it is released.
 */
struct work {
    int begin[2], released[2];
    pthread_t thread;
    sigset_t blocked;
};

static void
do_work(void *data)
{
    struct work *w = data;
    char byte;

    w->thread = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &w->blocked);
    (void)!read(w->begin[0], &byte, 1);
}

static void
release(void *data)
{
    struct work *w = data;

    (void)!write(w->released[1], "x", 1);
}

static const struct ldap_aside aside = {do_work, release};

static void
prepare(struct work *w)
{
    ck_assert_int_eq(pipe(w->begin), 0);
    ck_assert_int_eq(pipe(w->released), 0);
}

static void
let_go(struct work *w)
{
    ck_assert_int_eq((int)write(w->begin[1], "x", 1), 1);
}

START_TEST(what_is_done_in_time_is_the_callers_again)
{
    struct work w;

    prepare(&w);
    let_go(&w);
    ck_assert(ldap_aside(&aside, &w, ldap_clock() + 10000));
    ck_assert(!pthread_equal(w.thread, pthread_self()));
    ck_assert(sigismember(&w.blocked, SIGTERM) == 1);
    /* and nobody else has released it: there is nothing to read */
    close(w.released[1]);
    ck_assert_int_eq((int)read(w.released[0], &w, 1), 0);
}
END_TEST

START_TEST(what_is_not_is_released_when_it_is_done)
{
    struct work w;
    uint64_t began = ldap_clock();
    char byte;

    prepare(&w);
    ck_assert(!ldap_aside(&aside, &w, began + 50));
    ck_assert_int_eq(errno, ETIMEDOUT);
    ck_assert_uint_ge(ldap_clock() - began, 50);
    let_go(&w);
    ck_assert_int_eq((int)read(w.released[0], &byte, 1), 1);
}
END_TEST

START_TEST(what_nobody_waits_for_is_bounded)
{
    struct work w;
    int i = 0;
    char byte;

    prepare(&w);
    do
        ck_assert(!ldap_aside(&aside, &w, ldap_clock()));
    while (errno == ETIMEDOUT && i++ < 1000);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_gt(i, 1);
    ck_assert_int_lt(i, 1000);
    ck_assert_int_eq((int)read(w.released[0], &byte, 1), 1); /* the last */
    while (i-- > 0) {
        let_go(&w);
        ck_assert_int_eq((int)read(w.released[0], &byte, 1), 1);
    }
    let_go(&w);
    ck_assert(ldap_aside(&aside, &w, ldap_clock() + 10000));
}
END_TEST

/* A sanitizer leaves its own locks taken in a child. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FORKS_AMONG_THREADS
#endif

#ifdef FORKS_AMONG_THREADS
static int
work_in_child(struct work *w)
{
    let_go(w);
    return ldap_aside(&aside, w, ldap_clock() + 10000) ? 0 : 1;
}

START_TEST(a_child_has_none_of_the_threads)
{
    static struct work mine; /* the threads have it when this returns */
    struct work theirs;
    int status;
    pid_t child;

    prepare(&mine);
    prepare(&theirs);
    do
        ck_assert(!ldap_aside(&aside, &mine, ldap_clock()));
    while (errno == ETIMEDOUT);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(work_in_child(&theirs));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(mine.begin[1]); /* all of them read an end, and are done */
}
END_TEST
#endif

static void
add(TCase *tests)
{
    tcase_add_test(tests, what_is_done_in_time_is_the_callers_again);
    tcase_add_test(tests, what_is_not_is_released_when_it_is_done);
    tcase_add_test(tests, what_nobody_waits_for_is_bounded);
#ifdef FORKS_AMONG_THREADS
    tcase_add_test(tests, a_child_has_none_of_the_threads);
#endif
}

int
main(void)
{
    return unit_run("ldap_aside", add, 30);
}
