#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gss/register.h"
#include "gss/ticket.h"
#include "scratch.h"

#define SIZE 262144 /* bytes of the file */

static struct sentence why;
static char folder[128], path[160];

/* A folder for each test, that any account may write to. */
static void
make_folder(void)
{
    snprintf(folder, sizeof(folder), "%s", scratch_path("XXXXXX"));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 01777), 0);
    snprintf(path, sizeof(path), "%s/gss-scram-%u.tickets", folder,
             (unsigned)geteuid());
}

static struct ticket
issue(uint64_t deadline)
{
    struct ticket ticket;

    ck_assert_msg(ticket_issue(folder, deadline, &ticket, &why), "%s",
                  why.text);
    return ticket;
}

/* In the place of the system's: as it is when signals come at its every start.
 */
static int interruptions;

int
fallocate(int fd, int mode, off_t offset, off_t len)
{
    if (interruptions > 0) {
        interruptions--;
        errno = EINTR;
        return -1;
    }
    return (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

static uint64_t
soon(void)
{
    return register_clock() + 60000;
}

START_TEST(a_ticket_is_redeemed_once)
{
    uint64_t deadline = soon();
    struct ticket a = issue(deadline), b = issue(deadline);

    ck_assert(a.place != b.place || a.word != b.word);
    ck_assert_uint_eq(ticket_deadline(a), deadline);
    ck_assert(ticket_redeem(folder, b, &why));
    ck_assert(!ticket_redeem(folder, b, &why));
    ck_assert_str_eq(why.text,
                     "The exported context was imported already, or was not "
                     "exported by this account on this machine");
    ck_assert(ticket_redeem(folder, a, &why));
    ck_assert(!ticket_redeem(folder, a, &why));
}
END_TEST

START_TEST(a_ticket_that_was_never_issued_is_not_redeemed)
{
    struct ticket a = issue(soon());
    const struct ticket others[] = {
        {a.table, a.place, a.word + 1}, {a.table, a.place, 0},
        {a.table, a.place + 1, a.word}, {a.table, a.place + 1, 0},
        {a.table, TICKETS, a.word},     {a.table, TICKETS, 0},
        {a.table, UINT32_MAX, a.word},  {a.table, a.place, UINT64_MAX},
        {a.table + 1, a.place, a.word}, {0, a.place, a.word}};
    int i;

    for (i = 0; i < COUNT(others); i++)
        ck_assert(!ticket_redeem(folder, others[i], &why));
    ck_assert(ticket_redeem(folder, a, &why));
}
END_TEST

START_TEST(no_table_is_made_for_one_that_redeems)
{
    struct ticket ticket = {1, 1, UINT64_C(1) << 40};

    ck_assert(!ticket_redeem(folder, ticket, &why));
    ck_assert_ptr_nonnull(strstr(why.text, path));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(the_table_is_the_account_s_alone_and_of_fixed_size)
{
    struct stat st;

    issue(soon());
    issue(soon());
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFREG | S_IRUSR | S_IWUSR);
    ck_assert_int_eq(st.st_size, SIZE);
    ck_assert_int_ge(st.st_blocks * 512, SIZE); /* nothing is left to come */
}
END_TEST

START_TEST(signals_do_not_keep_a_table_from_being_made)
{
    interruptions = 3;
    ck_assert(ticket_redeem(folder, issue(soon()), &why));
    ck_assert_int_eq(interruptions, 0);
}
END_TEST

START_TEST(a_full_table_refuses_until_deadlines_have_passed)
{
    uint64_t deadline = register_clock() + 3000;
    struct ticket ticket;
    unsigned i;

    for (i = 0; i < TICKETS; i++)
        ticket = issue(deadline);
    if (register_clock() < deadline) { /* or the machine is slow */
        ck_assert(!ticket_issue(folder, soon(), &ticket, &why));
        ck_assert_ptr_nonnull(strstr(why.text, "on their way"));
        ck_assert(ticket_redeem(folder, ticket, &why));
        issue(soon());
    }
    while (register_clock() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    ticket = issue(soon());
    ck_assert(ticket_redeem(folder, ticket, &why));
}
END_TEST

/* A word of a time when the machine had been up for longer. */
START_TEST(what_is_left_of_another_time_is_not_in_the_way)
{
    uint64_t word = (register_clock() + 7200000) << 20;
    int fd = open(path, O_RDWR | O_CREAT, 0600), i;

    for (i = 0; i < SIZE / 8; i++)
        ck_assert_int_eq(write(fd, &word, 8), 8);
    close(fd);
    issue(soon());
}
END_TEST

static void
make_link(void)
{
    char other[200];

    snprintf(other, sizeof(other), "%s/other", folder);
    ck_assert_int_eq(truncate(other, SIZE), 0);
    ck_assert_int_eq(symlink(other, path), 0);
}

static void
make_second_name(void)
{
    char other[200];

    snprintf(other, sizeof(other), "%s/other", folder);
    ck_assert_int_eq(link(other, path), 0);
}

static void
make_directory(void)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
make_fifo(void)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void
make_file(mode_t mode, off_t size)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    ck_assert_int_eq(ftruncate(fd, size), 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void
make_readable(void)
{
    make_file(0640, SIZE);
}

static void
make_large(void)
{
    make_file(0600, SIZE + 4096);
}

/* Another account's, which only root can make. */
static void
make_foreign(void)
{
    make_file(0600, SIZE);
    if (geteuid() != 0 || chown(path, 65534, 65534) != 0)
        make_readable();
}

static void (*const hostile[])(void) = {
    make_link,     make_second_name, make_directory, make_fifo,
    make_readable, make_large,       make_foreign};

START_TEST(what_is_not_the_account_s_own_file_is_not_used)
{
    struct ticket ticket = {1, 1, UINT64_C(1) << 40};
    char other[200];
    int fd;

    snprintf(other, sizeof(other), "%s/other", folder);
    fd = open(other, O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    hostile[_i]();
    ck_assert(!ticket_issue(folder, soon(), &ticket, &why));
    ck_assert_msg(strstr(why.text, path) != NULL, "%s", why.text);
    ck_assert(!ticket_redeem(folder, ticket, &why));
    ck_assert_msg(strstr(why.text, path) != NULL, "%s", why.text);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
    struct ticket ticket;

    snprintf(path, sizeof(path), "%s/nowhere", folder);
    ck_assert(!ticket_issue(path, soon(), &ticket, &why));
    ck_assert_ptr_nonnull(strstr(why.text, path));
    ck_assert_ptr_nonnull(strstr(why.text, "No such file or directory"));
}
END_TEST

/* Even if the new one has one that is due at the same time. */
START_TEST(a_table_s_tickets_are_not_good_for_the_next_table)
{
    uint64_t deadline = soon();
    struct ticket before = issue(deadline), after;

    ck_assert_int_eq(unlink(path), 0);
    ck_assert(!ticket_redeem(folder, before, &why));
    after = issue(deadline);
    ck_assert_uint_eq(before.place, after.place);
    ck_assert_uint_eq(before.word, after.word);
    ck_assert(!ticket_redeem(folder, before, &why));
    ck_assert(ticket_redeem(folder, after, &why));
}
END_TEST

START_TEST(one_account_s_tickets_are_not_another_s)
{
    struct ticket ticket = issue(soon());

    if (geteuid() == 0) {
        scratch_become_nobody();
        issue(soon());
        ck_assert(!ticket_redeem(folder, ticket, &why));
        scratch_become_self();
    }
    ck_assert(ticket_redeem(folder, ticket, &why));
}
END_TEST

#define SHARED 500

static struct ticket shared[SHARED];
static atomic_uint redeemed;

static void *
redeem_all(void *data)
{
    struct sentence reason;
    int i;

    (void)data;
    for (i = 0; i < SHARED; i++)
        redeemed += ticket_redeem(folder, shared[i], &reason);
    return NULL;
}

START_TEST(of_many_threads_one_redeems_a_ticket)
{
    pthread_t threads[4];
    int i;

    redeemed = 0;
    for (i = 0; i < SHARED; i++)
        shared[i] = issue(soon());
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, redeem_all, NULL),
                         0);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(redeemed, SHARED);
}
END_TEST

/* A new table, too, is made by several processes at once. */
START_TEST(of_many_processes_none_loses_a_ticket)
{
    int i, n, status;

    for (i = 0; i < 4; i++) {
        pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0) {
            for (n = 0; n < SHARED; n++) {
                struct ticket ticket = issue(soon());

                ck_assert(ticket_redeem(folder, ticket, &why));
            }
            _exit(0);
        }
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, make_folder, NULL);
    tcase_add_test(tests, a_ticket_is_redeemed_once);
    tcase_add_test(tests, a_ticket_that_was_never_issued_is_not_redeemed);
    tcase_add_test(tests, no_table_is_made_for_one_that_redeems);
    tcase_add_test(tests, the_table_is_the_account_s_alone_and_of_fixed_size);
    tcase_add_test(tests, signals_do_not_keep_a_table_from_being_made);
    tcase_add_test(tests, a_full_table_refuses_until_deadlines_have_passed);
    tcase_add_test(tests, what_is_left_of_another_time_is_not_in_the_way);
    tcase_add_loop_test(tests, what_is_not_the_account_s_own_file_is_not_used,
                        0, COUNT(hostile));
    tcase_add_test(tests, a_folder_that_is_not_there_is_named);
    tcase_add_test(tests, a_table_s_tickets_are_not_good_for_the_next_table);
    tcase_add_test(tests, one_account_s_tickets_are_not_another_s);
    tcase_add_test(tests, of_many_threads_one_redeems_a_ticket);
    tcase_add_test(tests, of_many_processes_none_loses_a_ticket);
}

int
main(void)
{
    return unit_run("ticket", add, 60);
}
