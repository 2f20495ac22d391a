#include "fake_daemon.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct slice fake_working = SLICE("working");

/* A connection of the daemon's. */
struct served {
    const struct fake_daemon *fake;
    int fd;
};

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

/* Take a message and who sent it; empty at the end. */
static struct slice
take(const struct served *s, uint8_t *memory, size_t size)
{
    struct iovec part = {memory, size};
    union control control;
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    ssize_t len = recvmsg(s->fd, &m, MSG_CMSG_CLOEXEC);
    struct ucred sender;

    if (len <= 0)
        return (struct slice){memory, 0};
    if (m.msg_controllen >= CMSG_LEN(sizeof(sender)) &&
        control.header.cmsg_type == SCM_CREDENTIALS) {
        memcpy(&sender, CMSG_DATA(&control.header), sizeof(sender));
        atomic_store(&s->fake->seen->uid, sender.uid);
        atomic_store(&s->fake->seen->gid, sender.gid);
        atomic_store(&s->fake->seen->pid, (unsigned)sender.pid);
    }
    atomic_fetch_add(&s->fake->seen->messages, 1);
    return (struct slice){memory, (size_t)len};
}

static void
send_with_descriptor(int fd, struct slice message)
{
    struct iovec part = {(void *)message.data, message.len};
    union control control = {0};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = CMSG_SPACE(sizeof(int))};

    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
    sendmsg(fd, &m, MSG_NOSIGNAL);
}

static void
work(const struct served *s, int times, long pause)
{
    const struct timespec time = {0, pause};

    while (times-- > 0) {
        send(s->fd, fake_working.data, fake_working.len, MSG_NOSIGNAL);
        if (pause != 0)
            nanosleep(&time, NULL);
    }
}

/* Give an answer in the daemon's manner; false to end the connection. */
static bool
give(const struct served *s, enum fake_manner manner, struct slice answer)
{
    static const uint8_t zeros[FAKE_LONG_LEN];
    static const struct timespec half = {0, 500000000};

    switch (manner) {
    case FAKE_WORKING:
        work(s, FAKE_WORKING_TIMES, 100000000);
        break;
    case FAKE_ENDLESS:
        work(s, FAKE_ENDLESS_TIMES, 0);
        break;
    case FAKE_DROPS:
        return false;
    case FAKE_SILENT:
        return true;
    case FAKE_EMPTY:
        answer.len = 0;
        break;
    case FAKE_LONG:
        answer = SLICE_ARRAY(zeros);
        break;
    case FAKE_DESCRIPTOR:
        send_with_descriptor(s->fd, answer);
        return true;
    case FAKE_LATE:
        nanosleep(&half, NULL);
        break;
    default:
        break;
    }
    send(s->fd, answer.data, answer.len, MSG_NOSIGNAL);
    return manner != FAKE_HASTY;
}

static void *
serve(void *data)
{
    struct served *s = data;
    uint8_t memory[65536], out[65536];
    enum fake_manner manner = FAKE_GOOD;
    struct slice message;

    while ((message = take(s, memory, sizeof(memory))).len != 0) {
        struct buffer answer = BUFFER_ARRAY(out);

        s->fake->answer(message, &answer);
        if (answer.len == 0 || !give(s, manner, buffer_slice(&answer)))
            break;
        manner = s->fake->manner;
    }
    close(s->fd);
    free(s);
    return NULL;
}

/* The daemon's process. */
static void
run(const struct fake_daemon *fake)
{
    for (;;) {
        struct served *s = malloc(sizeof(*s));
        pthread_t thread;
        int one = 1;

        if (s == NULL || fake->manner == FAKE_DEAF) {
            pause();
            continue;
        }
        s->fake = fake;
        s->fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
        if (s->fd < 0)
            _exit(1);
        setsockopt(s->fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
        atomic_fetch_add(&fake->seen->connections, 1);
        if (pthread_create(&thread, NULL, serve, s) != 0)
            _exit(1);
        pthread_detach(thread);
    }
}

void
fake_daemon_go_on(struct fake_daemon *fake)
{
    pid_t parent = getpid();

    fake->pid = fork();
    ck_assert_int_ge(fake->pid, 0);
    if (fake->pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        run(fake);
    _exit(1);
}

void
fake_daemon_start(struct fake_daemon *fake)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    ck_assert_uint_lt(strlen(fake->path), sizeof(address.sun_path));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake->path);
    fake->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fake->listener, 0);
    unlink(fake->path); /* which a test that failed left */
    ck_assert_int_eq(bind(fake->listener, (const struct sockaddr *)&address,
                          sizeof(address)),
                     0);
    ck_assert_int_eq(chmod(fake->path, 0666), 0);
    ck_assert_int_eq(
        listen(fake->listener, fake->manner == FAKE_DEAF ? 0 : 128), 0);
    fake->seen = mmap(NULL, sizeof(*fake->seen), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(fake->seen != MAP_FAILED);
    fake_daemon_go_on(fake);
}

void
fake_daemon_kill(struct fake_daemon *fake)
{
    kill(fake->pid, SIGKILL);
    ck_assert_int_eq(waitpid(fake->pid, NULL, 0), fake->pid);
}

void
fake_daemon_suspend(struct fake_daemon *fake)
{
    int status;

    ck_assert_int_eq(kill(fake->pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(fake->pid, &status, WUNTRACED), fake->pid);
    ck_assert(WIFSTOPPED(status));
}

void
fake_daemon_stop(struct fake_daemon *fake)
{
    fake_daemon_kill(fake);
    close(fake->listener);
    unlink(fake->path);
    munmap(fake->seen, sizeof(*fake->seen));
}
