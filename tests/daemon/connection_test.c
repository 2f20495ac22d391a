/*
 * What every socket of gss-scramd keeps to, with requests of the test's own: a
 * greeting, one that is answered at once, and one that is answered later.
 */
#include "daemon/connection.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../unit/stores.h"
#include "asker.h"

enum { GREET = 1, ECHO, LATER, LAST, WORKING };

static struct loop *loop;
static struct connections *connections;
static struct connection_counts metrics;
static struct debug debug = {-1};
static char path[108];
static pthread_t thread;
static atomic_bool entitled;

/* Those that are answered later, guarded by the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection *waiting[1000];
static unsigned waiting_count;

static enum request_end
take(void *data, struct request *r, bool *greeted)
{
    (void)data;
    if (r->message.data[0] == GREET)
        *greeted = true;
    if (r->message.data[0] == LATER) {
        pthread_mutex_lock(&lock);
        waiting[waiting_count++] = r->connection;
        pthread_mutex_unlock(&lock);
        return REQUEST_LATER;
    }
    if (r->message.data[0] == WORKING) {
        pthread_mutex_lock(&lock);
        waiting[waiting_count++] = r->connection;
        pthread_mutex_unlock(&lock);
        buffer_put(r->answer, SLICE("\5at it"));
        return REQUEST_WORKING;
    }
    buffer_put(r->answer, r->message);
    if (r->message.len > 5)
        return REQUEST_MALFORMED;
    return r->message.data[0] == LAST ? REQUEST_ANSWERED_LAST
                                      : REQUEST_ANSWERED;
}

static void
refuse(enum scram_status status, const char *sentence, struct buffer *answer)
{
    (void)sentence;
    ck_assert_int_eq(status, SCRAM_NO_RESOURCES);
    buffer_put(answer, SLICE("refused"));
}

static void
show(struct slice message, bool is_answer, struct buffer *text)
{
    (void)message;
    (void)is_answer;
    (void)text;
}

static const struct request_op ops[] = {
    {GREET, true, take, refuse, show},    {ECHO, false, take, refuse, show},
    {LATER, false, take, refuse, show},   {LAST, false, take, refuse, show},
    {WORKING, false, take, refuse, show}, {.take = NULL},
};
static const struct request_table table = {ops, NULL}, strangers = {ops, NULL};

/* connections_judge */
static const struct request_table *
judge(void *data, int fd, const struct peer *peer)
{
    (void)data;
    (void)fd;
    ck_assert_uint_eq(peer->uid, geteuid());
    ck_assert_int_eq(peer->pid, getpid());
    return entitled ? &table : &strangers;
}

/* loop_tick */
static int
tick(void *data)
{
    (void)data;
    return -1;
}

static void *
serve(void *data)
{
    (void)data;
    loop_run(loop, tick, NULL);
    return NULL;
}

static void
begin_with(unsigned most)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    snprintf(path, sizeof(path), "%s", stores_path("socket"));
    memcpy(address.sun_path, path, sizeof(path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    /* As sockets_make does: a message may come before it is accepted. */
    ck_assert_int_eq(
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)), 0);
    ck_assert_int_eq(listen(fd, 100), 0);
    entitled = true;
    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
    connections = connections_new(loop, most, &strangers, &metrics, &debug);
    ck_assert_ptr_nonnull(connections);
    ck_assert(connections_listen(connections, fd, judge, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

/* Have the serving thread do something, and wait until it has. */
struct job {
    struct loop_task task;
    void (*run)(void);
    sem_t done;
};

static void
run_job(struct loop_task *task)
{
    struct job *job = (struct job *)task;

    job->run();
    sem_post(&job->done);
}

static void
do_there(void (*run)(void))
{
    struct job job = {.task = {run_job, NULL}, .run = run};

    ck_assert_int_eq(sem_init(&job.done, 0, 0), 0);
    loop_post(loop, &job.task);
    while (sem_wait(&job.done) != 0)
        ;
    sem_destroy(&job.done);
}

/* The metrics as they were when the serving thread had answered. */
static struct connection_counts counted;

static void
count(void)
{
    counted = metrics;
}

static void
answer_all(void)
{
    pthread_mutex_lock(&lock);
    while (waiting_count > 0)
        connection_answer(waiting[--waiting_count], SLICE("\3late"));
    pthread_mutex_unlock(&lock);
}

static void
stop(void)
{
    loop_stop(loop);
}

static void
end(void)
{
    do_there(answer_all);
    do_there(stop);
    pthread_join(thread, NULL);
    connections_free(connections);
    loop_free(loop);
    ck_assert_uint_eq(metrics.connections, 0);
    ck_assert_uint_eq(metrics.requests, 0);
}

/* Ask, and compare the answer. */
static void
ask(int fd, struct slice message, struct slice answer)
{
    uint8_t bytes[64];
    ssize_t n;

    ck_assert(asker_send(fd, message));
    n = asker_receive(fd, bytes, sizeof(bytes));
    ck_assert_int_eq(n, (ssize_t)answer.len);
    ck_assert_mem_eq(bytes, answer.data, answer.len);
}

static int
greeted(void)
{
    int fd = asker_connect(path);

    ck_assert_int_ge(fd, 0);
    ask(fd, SLICE("\1"), SLICE("\1"));
    return fd;
}

static bool
has_nothing(int fd)
{
    uint8_t byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

static void
wait_for(unsigned count)
{
    double start = stores_now();
    bool there;

    do {
        ck_assert(stores_within(start, 30));
        pthread_mutex_lock(&lock);
        there = waiting_count == count;
        pthread_mutex_unlock(&lock);
    } while (!there);
}

START_TEST(requests_are_answered_in_their_order)
{
    unsigned i;
    char text[4] = {ECHO, 0, 0, 0};
    uint8_t bytes[8];
    int fd;

    begin_with(100);
    fd = greeted();
    /* More than a turn, and all of them before the first answer is read. */
    for (i = 0; i < 40; i++) {
        text[1] = (char)i;
        ck_assert(asker_send(fd, (struct slice){(uint8_t *)text, 4}));
    }
    for (i = 0; i < 40; i++) {
        ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 4);
        ck_assert_uint_eq(bytes[1], i);
    }
    close(fd);
    end();
}
END_TEST

START_TEST(one_request_is_under_way_at_a_time)
{
    uint8_t bytes[8];
    int fd, other;

    begin_with(100);
    fd = greeted();
    other = greeted();
    ck_assert(asker_send(fd, SLICE("\3")));
    ck_assert(asker_send(fd, SLICE("\2ab")));
    wait_for(1);
    /* Others are served meanwhile, and this one is not. */
    ask(other, SLICE("\2xy"), SLICE("\2xy"));
    ck_assert(has_nothing(fd));
    do_there(answer_all);
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 5);
    ck_assert_mem_eq(bytes, "\3late", 5);
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 3);
    ck_assert_mem_eq(bytes, "\2ab", 3);
    close(fd);
    close(other);
    end();
}
END_TEST

static bool somebody_waits;

static void
work_on(void)
{
    somebody_waits = connection_working(waiting[0], SLICE("\5still"));
}

START_TEST(who_waits_is_told_that_it_is_worked_at)
{
    uint8_t bytes[8];
    int fd;

    begin_with(100);
    fd = greeted();
    ck_assert(asker_send(fd, SLICE("\5")));
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 6);
    ck_assert_mem_eq(bytes, "\5at it", 6);
    ck_assert(asker_send(fd, SLICE("\2ab")));
    do_there(work_on);
    ck_assert(somebody_waits);
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 6);
    ck_assert_mem_eq(bytes, "\5still", 6);
    ck_assert(has_nothing(fd));
    do_there(answer_all);
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 5);
    ck_assert_mem_eq(bytes, "\3late", 5);
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 3);
    /* And it is said once nobody does any more. */
    ck_assert(asker_send(fd, SLICE("\5")));
    ck_assert_int_eq(asker_receive(fd, bytes, sizeof(bytes)), 6);
    close(fd);
    do_there(work_on);
    ck_assert(!somebody_waits);
    do_there(work_on);
    ck_assert(!somebody_waits);
    end();
}
END_TEST

START_TEST(who_goes_while_its_request_is_under_way_is_forgotten)
{
    int fd, other;

    begin_with(100);
    fd = greeted();
    ck_assert(asker_send(fd, SLICE("\3")));
    wait_for(1);
    close(fd);
    do_there(answer_all);
    other = greeted();
    ask(other, SLICE("\2xy"), SLICE("\2xy"));
    close(other);
    end();
}
END_TEST

START_TEST(an_accounts_requests_under_way_have_a_quota)
{
    static int fds[CONNECTIONS_REQUESTS + 1];
    int i;

    begin_with(2 * CONNECTIONS_REQUESTS);
    for (i = 0; i < CONNECTIONS_REQUESTS; i++) {
        fds[i] = greeted();
        ck_assert(asker_send(fds[i], SLICE("\3")));
    }
    wait_for(CONNECTIONS_REQUESTS);
    fds[i] = asker_connect(path);
    ask(fds[i], SLICE("\1"), SLICE("refused"));
    do_there(answer_all);
    ask(fds[i], SLICE("\1"), SLICE("\1"));
    ask(fds[i], SLICE("\2ab"), SLICE("\2ab"));
    do_there(count);
    ck_assert_uint_eq(counted.requests_refused, 1);
    for (i = 0; i <= CONNECTIONS_REQUESTS; i++)
        close(fds[i]);
    end();
}
END_TEST

/* The one that was idle longest goes, not one that came first and was used. */
START_TEST(the_longest_idle_connection_gives_way)
{
    int fds[5], i;

    begin_with(4);
    for (i = 0; i < 4; i++)
        fds[i] = greeted();
    ask(fds[0], SLICE("\2ab"), SLICE("\2ab"));
    fds[4] = greeted();
    ck_assert(asker_has_ended(fds[1]));
    for (i = 0; i < 5; i++) {
        if (i != 1)
            ask(fds[i], SLICE("\2ab"), SLICE("\2ab"));
        close(fds[i]);
    }
    do_there(count);
    ck_assert_uint_eq(counted.given_way, 1);
    end();
}
END_TEST

START_TEST(one_whose_request_is_under_way_does_not_give_way)
{
    int fds[3], i;

    begin_with(2);
    for (i = 0; i < 2; i++)
        fds[i] = greeted();
    ck_assert(asker_send(fds[0], SLICE("\3")));
    wait_for(1);
    ask(fds[1], SLICE("\2ab"), SLICE("\2ab")); /* fds[0] is the older one */
    fds[2] = greeted();
    ck_assert(asker_has_ended(fds[1]));
    ck_assert(has_nothing(fds[0]));
    /* With all of them busy there is no place. */
    ck_assert(asker_send(fds[2], SLICE("\3")));
    wait_for(2);
    i = asker_connect(path);
    ck_assert(asker_has_ended(i));
    close(i);
    do_there(answer_all);
    ck_assert_int_eq(asker_receive(fds[0], (uint8_t[8]){0}, 8), 5);
    for (i = 0; i < 3; i++)
        close(fds[i]);
    end();
}
END_TEST

START_TEST(strangers_are_few)
{
    static int fds[CONNECTIONS_STRANGERS + 1];
    int i, own;

    begin_with(1000);
    own = greeted();
    entitled = false;
    for (i = 0; i <= CONNECTIONS_STRANGERS; i++)
        fds[i] = greeted();
    ck_assert(asker_has_ended(fds[0]));
    do_there(count);
    ck_assert_uint_eq(counted.strangers, CONNECTIONS_STRANGERS + 1);
    ask(own, SLICE("\2ab"), SLICE("\2ab"));
    for (i = 0; i <= CONNECTIONS_STRANGERS; i++)
        close(fds[i]);
    close(own);
    end();
}
END_TEST

static void
judge_again(void)
{
    connections_judge_again(connections);
}

START_TEST(who_is_a_stranger_now_leaves_also_in_a_request)
{
    int idle, busy;

    begin_with(100);
    idle = greeted();
    busy = greeted();
    ck_assert(asker_send(busy, SLICE("\3")));
    wait_for(1);
    do_there(judge_again);
    ask(idle, SLICE("\2ab"), SLICE("\2ab"));
    entitled = false;
    do_there(judge_again);
    ck_assert(asker_has_ended(idle));
    ck_assert(asker_has_ended(busy));
    do_there(answer_all);
    close(idle);
    close(busy);
    end();
}
END_TEST

START_TEST(a_last_answer_is_the_last)
{
    uint8_t byte[1];
    int fd;

    begin_with(100);
    fd = greeted();
    ask(fd, SLICE("\4"), SLICE("\4"));
    ck_assert_int_eq(asker_receive(fd, byte, 1), 0);
    close(fd);
    fd = greeted();
    ck_assert(asker_send(fd, SLICE("\2far too long")));
    ck_assert(asker_has_ended(fd));
    close(fd);
    end();
}
END_TEST

/* Two that are ready at once, of which the first to be called takes the other
 * out and ends the loop. */
static struct loop_source pair[2];
static unsigned called;

static void
take_out_other(struct loop_source *source)
{
    called++;
    loop_remove(loop, source == &pair[0] ? &pair[1] : &pair[0]);
    loop_stop(loop);
}

START_TEST(a_source_that_was_taken_out_is_not_called)
{
    int i;

    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
    for (i = 0; i < 2; i++) {
        pair[i] = (struct loop_source){eventfd(1, EFD_CLOEXEC), take_out_other};
        ck_assert_int_ge(pair[i].fd, 0);
        ck_assert(loop_add(loop, &pair[i]));
    }
    called = 0;
    loop_run(loop, tick, NULL);
    ck_assert_uint_eq(called, 1);
    loop_free(loop);
    close(pair[0].fd);
    close(pair[1].fd);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, requests_are_answered_in_their_order);
    tcase_add_test(tests, one_request_is_under_way_at_a_time);
    tcase_add_test(tests, who_waits_is_told_that_it_is_worked_at);
    tcase_add_test(tests, who_goes_while_its_request_is_under_way_is_forgotten);
    tcase_add_test(tests, an_accounts_requests_under_way_have_a_quota);
    tcase_add_test(tests, the_longest_idle_connection_gives_way);
    tcase_add_test(tests, one_whose_request_is_under_way_does_not_give_way);
    tcase_add_test(tests, strangers_are_few);
    tcase_add_test(tests, who_is_a_stranger_now_leaves_also_in_a_request);
    tcase_add_test(tests, a_last_answer_is_the_last);
    tcase_add_test(tests, a_source_that_was_taken_out_is_not_called);
}

int
main(void)
{
    return unit_run("connection", add, 60);
}
