#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LONGEST ((size_t)1 << 20)
#define OPENING 64  /* clients to begin before looking at the others */
#define WAITING 512 /* clients that may wait for a first answer */

static struct {
    int epoll;
    struct client *clients; /* as many as there are at once */
    struct client **idle;   /* a stack of those that are free */
    unsigned idle_count;
    uint64_t began;
    unsigned begun, answered, waiting, good, bad;
    double *times; /* milliseconds, of each that was good */
} run;

static volatile sig_atomic_t enough; /* nobody else is to be begun */

static void
take_enough(int number)
{
    (void)number;
    enough = 1;
}

static _Noreturn void
die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static uint64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int
connect_from(unsigned number)
{
    struct sockaddr_in to = {.sin_family = AF_INET}, from = to;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    to.sin_port = htons((uint16_t)load.port);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number % load.sources);
    if (inet_pton(AF_INET, load.address, &to.sin_addr) != 1 || fd < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) ||
        (load.sources > 1 &&
         bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0) ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        die("connecting");
    return fd;
}

static void
finish(struct client *c, enum verdict verdict)
{
    if (verdict == GOOD) {
        if (c->wire.out_len != 0) /* a farewell */
            (void)wire_flush(&c->wire, SIZE_MAX);
        run.times[run.good++] = (double)(now() - c->began) / 1e3;
    } else {
        run.bad++;
    }
    if (c->answered == 0)
        run.waiting--;
    honest_forget(c);
    wire_close(&c->wire);
    run.idle[run.idle_count++] = c;
}

/* Send what the mode has queued, and wait for what comes next. */
static void
go_on(struct client *c, enum verdict verdict)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    if (verdict == GOING_ON && !load.mode->drips &&
        wire_flush(&c->wire, SIZE_MAX) == WIRE_WAIT)
        event.events |= EPOLLOUT;
    if (verdict != GOING_ON)
        finish(c, verdict);
    else if (epoll_ctl(run.epoll, EPOLL_CTL_MOD, c->wire.fd, &event) != 0)
        die("epoll_ctl");
}

static void
begin(void)
{
    struct client *c = run.idle[--run.idle_count];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    memset(c, 0, sizeof(*c));
    c->number = run.begun++;
    c->cred = GSS_C_NO_CREDENTIAL;
    c->context = GSS_C_NO_CONTEXT;
    c->began = now();
    c->wire.fd = connect_from(c->number);
    run.waiting++;
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, c->wire.fd, &event) != 0)
        die("epoll_ctl");
    go_on(c, load.mode->begin(c));
}

static void
serve(struct client *c)
{
    gss_buffer_desc token;
    enum wire_status status;
    enum verdict verdict;
    int flags;

    if (!load.mode->drips && wire_flush(&c->wire, SIZE_MAX) == WIRE_WAIT)
        return;
    status = wire_receive(&c->wire, LONGEST, &flags, &token);
    if (status == WIRE_WAIT)
        return;
    if (status == WIRE_CLOSED) {
        finish(c, load.mode->closed(c, (double)(now() - c->began) / 1e3));
        return;
    }
    if (c->answered == 0) {
        c->answered = now();
        run.waiting--;
        if (++run.answered == load.total && load.mode == &silent)
            printf("silent: all %u have had an answer\n", load.total);
    }
    verdict = load.mode->take(c, flags, &token);
    if (verdict == BAD)
        fprintf(stderr,
                "load: %s client %u: not what should come, in step %d\n",
                load.mode->name, c->number, c->step);
    wire_forget(&c->wire);
    go_on(c, verdict);
}

static void
drip_a_byte(void)
{
    unsigned i;

    for (i = 0; i < load.at_once; i++) {
        if (run.clients[i].wire.out_len != 0)
            (void)wire_flush(&run.clients[i].wire, 1);
    }
}

/* How many clients are to have been begun by now. */
static unsigned
due(void)
{
    uint64_t count = load.total;

    if (load.rate != 0)
        count = (now() - run.began) * load.rate / 1000000 + 1;
    return count < load.total ? (unsigned)count : load.total;
}

/* Begin some of the clients that are still to come; those that drip are not
 * waited for. */
static void
begin_some(void)
{
    unsigned i, until = due();

    for (i = 0; i < OPENING && run.begun < until && run.idle_count > 0 &&
                (load.mode->drips || run.waiting < WAITING);
         i++)
        begin();
}

static void
run_all(void)
{
    struct epoll_event events[256];
    uint64_t next_drip = now();
    int i, ready, more;

    while (run.good + run.bad < load.total) {
        if (enough)
            load.total = run.begun;
        begin_some();
        more = run.begun < load.total && run.idle_count > 0;
        ready = epoll_wait(run.epoll, events, 256, more ? 1 : 50);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (i = 0; i < ready; i++)
            serve(events[i].data.ptr);
        if (load.mode->drips && now() >= next_drip) {
            drip_a_byte();
            next_drip = now() + load.drip * (uint64_t)1000;
        }
    }
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
quantile(double q)
{
    if (run.good == 0)
        return 0;
    return run.times[(unsigned)(q * (run.good - 1) + 0.5)];
}

static void
report(double seconds)
{
    qsort(run.times, run.good, sizeof(*run.times), by_size);
    printf("%s: %u good, %u bad, %.0f a second, ms: least %.2f, p50 %.2f, "
           "p99 %.2f, p99.9 %.2f, most %.2f\n",
           load.mode->name, run.good, run.bad, load.total / seconds,
           quantile(0), quantile(0.5), quantile(0.99), quantile(0.999),
           quantile(1));
}

/* Run a mode; true if all of its clients fared as they should. */
static bool
run_mode(void)
{
    unsigned i;

    memset(&run, 0, sizeof(run));
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.clients = calloc(load.at_once, sizeof(*run.clients));
    run.idle = calloc(load.at_once, sizeof(struct client *));
    run.times = calloc(load.total, sizeof(*run.times));
    if (run.epoll < 0 || run.clients == NULL || run.idle == NULL ||
        run.times == NULL)
        die("starting");
    for (i = 0; i < load.at_once; i++)
        run.idle[run.idle_count++] = &run.clients[i];
    run.began = now();
    run_all();
    report((double)(now() - run.began) / 1e6);
    close(run.epoll);
    free(run.clients);
    free(run.idle);
    free(run.times);
    return run.bad == 0;
}

/* An honest exchange, recorded, and then its repetitions. */
static bool
run_replay(void)
{
    struct load repetitions = load;
    bool good;

    load.mode = &honest;
    load.total = 1;
    record.on = true;
    good = run_mode();
    record.on = false;
    load = repetitions;
    return good && run_mode();
}

/* The password is a line of standard input. */
static gss_buffer_desc
read_password(void)
{
    static char line[1024];
    gss_buffer_desc password = {0, line};

    if (fgets(line, sizeof(line), stdin) == NULL)
        die("the password");
    password.length = strcspn(line, "\n");
    return password;
}

int
main(int argc, char **argv)
{
    char *user = load_options(argc, argv);
    gss_buffer_desc password = GSS_C_EMPTY_BUFFER;
    struct rlimit files;
    bool good;

    if (!load.kerberos)
        password = read_password();
    setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGTERM, take_enough);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        die("getrlimit");
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        die("setrlimit");
    if (!honest_acquire(user, &password))
        return EXIT_FAILURE;
    good = load.mode == &replay ? run_replay() : run_mode();
    honest_release();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
