#include "importer.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "asker.h"
#include "wire/admin.h"

/* Bytes of a message that entries leave for all else. */
#define OTHER_BYTES 4096

struct importer {
    pid_t pid;
    char admin[108];
    char location[256];
    unsigned users;
    atomic_uint done;
};

static uint8_t question[WIRE_MESSAGE_MAX], bytes[WIRE_MESSAGE_MAX];

/* A connection that has greeted; -1 where nobody answers. */
static int
greet(const char *admin)
{
    const struct wire_hello hello = {WIRE_VERSION, WIRE_VERSION};
    struct buffer out = BUFFER_ARRAY(question);
    struct wire_welcome welcome;
    int fd = asker_connect(admin);
    ssize_t n;

    if (fd < 0)
        return -1;
    wire_put_hello(&hello, &out);
    if (asker_send(fd, buffer_slice(&out)) &&
        (n = asker_receive(fd, bytes, sizeof(bytes))) > 0 &&
        wire_parse_welcome((struct slice){bytes, (size_t)n}, &welcome) &&
        welcome.status == SCRAM_OK)
        return fd;
    close(fd);
    return -1;
}

static bool
ask(int fd, const struct wire_admin_request *request,
    struct wire_admin_answer *answer)
{
    struct buffer out = BUFFER_ARRAY(question);
    ssize_t n;

    wire_put_admin_request(request, &out);
    return !out.overflow && asker_send(fd, buffer_slice(&out)) &&
           (n = asker_receive(fd, bytes, sizeof(bytes))) > 0 &&
           wire_parse_admin_answer((struct slice){bytes, (size_t)n}, answer) &&
           answer->status == SCRAM_OK;
}

/* Put users into the store from number @p first on, as many as a message holds;
 * how many those are, 0 where nobody answered. */
static unsigned
put_users(const struct importer *i, int fd, unsigned first)
{
    static uint8_t space[WIRE_MESSAGE_MAX - OTHER_BYTES];
    struct wire_admin_request r = {.op = WIRE_ADMIN_PUT,
                                   .location = slice_of(i->location),
                                   .how = STORE_EITHER};
    struct buffer out = BUFFER_ARRAY(space);
    struct wire_admin_answer answer;
    unsigned n = first;
    bool fits = true;

    while (fits && n < i->users) {
        char user[32];
        struct scram_verifier v;
        struct wire_entry entry;

        snprintf(user, sizeof(user), "user%07u", n);
        v = stores_verifier(user, 0);
        entry = wire_entry_of(slice_of(user), &v, true);
        fits = wire_add_entry(&r.entries, &out, &entry);
        n += fits;
    }
    return ask(fd, &r, &answer) ? n - first : 0;
}

/* In the child: a batch that was not answered is put again. */
static int
run(void *data)
{
    struct importer *i = data;
    int fd = -1;
    unsigned put;

    while (i->done < i->users) {
        while (fd < 0 && (fd = greet(i->admin)) < 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        put = put_users(i, fd, i->done);
        atomic_fetch_add(&i->done, put);
        if (put == 0) {
            close(fd);
            fd = -1;
        }
    }
    return 0;
}

struct importer *
importer_start(const struct served *served, unsigned users)
{
    struct importer *i = mmap(NULL, sizeof(*i), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ck_assert(i != MAP_FAILED);
    snprintf(i->admin, sizeof(i->admin), "%s", served->admin);
    snprintf(i->location, sizeof(i->location), "%s", stores_location("users"));
    i->users = users;
    i->pid = stores_start(run, i);
    return i;
}

unsigned
importer_done(const struct importer *i)
{
    return atomic_load(&i->done);
}

void
importer_wait(struct importer *i)
{
    unsigned done = 0;
    double since = stores_now();

    while (importer_done(i) < i->users) {
        ck_assert(stores_within(since, 100));
        if (importer_done(i) == done)
            continue;
        done = importer_done(i);
        since = stores_now();
    }
    ck_assert_int_eq(stores_wait(i->pid), 0);
}

unsigned
importer_kill(struct importer *i)
{
    ck_assert_int_eq(kill(i->pid, SIGKILL), 0);
    ck_assert_int_eq(stores_wait(i->pid), 100 + SIGKILL);
    return importer_done(i);
}

unsigned
importer_list(const struct served *served)
{
    struct wire_admin_request r = {
        .op = WIRE_ADMIN_LIST, .location = slice_of(stores_location("users"))};
    struct wire_admin_answer answer;
    char after[SCRAM_USER_MAX + 1] = "";
    int fd = greet(served->admin);
    unsigned users = 0;

    do {
        struct wire_entry entry;

        r.user = slice_of(after);
        ck_assert(ask(fd, &r, &answer));
        while (wire_next_entry(&answer.entries, &entry)) {
            users++;
            snprintf(after, sizeof(after), "%.*s", (int)entry.user.len,
                     (const char *)entry.user.data);
        }
    } while (answer.flags & WIRE_MORE);
    close(fd);
    return users;
}

unsigned
importer_metric(const struct served *served, const char *name)
{
    struct wire_admin_request r = {.op = WIRE_ADMIN_METRICS};
    struct wire_admin_answer answer;
    int fd = greet(served->admin);
    char text[WIRE_MESSAGE_MAX];
    const char *line;

    ck_assert(ask(fd, &r, &answer));
    close(fd);
    snprintf(text, sizeof(text), "%.*s", (int)answer.text.len,
             (const char *)answer.text.data);
    line = strstr(text, name);
    return line == NULL ? 0 : (unsigned)strtoul(line + strlen(name), NULL, 10);
}
