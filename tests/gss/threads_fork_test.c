/*
 * A process forks while its threads are in the middle of accepting: its child
 * works, every time, and above all where these are the first logins of the
 * process. The mechanism's functions are linked in, as libgssapi's own locks
 * may be taken for ever in a child.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define FORKS 200
#define FIRST_FORKS 4 /* while the first logins are under way, */
#define PROCESSES 40  /* in each of so many processes */
#define PATIENCE 30   /* seconds that a child may take */

static struct shared shared, defaults;
static struct crew crew;

static const char *
log_in(const struct shared *s)
{
    struct pair p = {0};
    const char *wrong =
        pair_run(&p, s, s->client) ? pair_talk(&p) : "a login failed";

    pair_release(&p);
    return wrong;
}

static const char *
log_in_until_done(struct shared *s, unsigned member)
{
    const char *wrong = NULL;

    while (wrong == NULL && !atomic_load(&s->done))
        wrong = log_in(member % 2 == 0 ? s : &defaults);
    return wrong;
}

/* What a forked child does: accept, with what it inherited and without. */
static void
be_child(void)
{
    const char *wrong;

    signal(SIGALRM, SIG_DFL); /* Check's own would kill its parent */
    alarm(PATIENCE);
    wrong = log_in(&shared);
    if (wrong == NULL)
        wrong = log_in(&defaults);
    if (wrong == NULL) {
        shared_release(&shared);
        shared_release(&defaults);
        exit(EXIT_SUCCESS);
    }
    fprintf(stderr, "a child: %s\n", wrong);
    _exit(EXIT_FAILURE);
}

static void
fork_while_logging_in(unsigned forks)
{
    unsigned i;

    world_write("credentials", "[*]\nuser = alice\npassword = wonderland\n");
    ck_assert_int_eq(chmod(world_path("credentials"), 0600), 0);
    shared_make(&shared, false);
    shared_make(&defaults, true);
    crew_start(&crew, &shared, log_in_until_done);
    for (i = 0; i < forks; i++) {
        pid_t child = fork();
        int status;

        ck_assert_int_ge(child, 0);
        if (child == 0)
            be_child();
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(status == 0, "child %u ended with %#x", i,
                      (unsigned)status);
    }
    atomic_store(&shared.done, true);
    crew_join(&crew);
    shared_release(&shared);
    shared_release(&defaults);
}

START_TEST(a_child_works_whatever_its_parents_threads_were_doing)
{
    fork_while_logging_in(FORKS);
}
END_TEST

START_TEST(a_child_works_that_is_forked_during_the_first_logins)
{
    fork_while_logging_in(FIRST_FORKS);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests,
                   a_child_works_whatever_its_parents_threads_were_doing);
    tcase_add_loop_test(tests,
                        a_child_works_that_is_forked_during_the_first_logins, 0,
                        PROCESSES);
}

int
main(void)
{
    return world_run("threads_fork", add, 300);
}
