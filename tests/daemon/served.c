#include "served.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
put(struct store *store, const char *user, const char *password, bool enabled)
{
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, slice_of(password),
                                           SLICE("a grain of salt!"), 4096, &v),
                     SCRAM_OK);
    v.enabled = enabled;
    ck_assert_int_eq(store_put(store, slice_of(user), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
}

void
served_make_users(void)
{
    struct store *store = stores_open("users", STORE_CREATE);

    put(store, "alice", "wonderland", true);
    put(store, "bob", "builder", false);
    store_close(store);
}

static void
name_paths(struct served *s)
{
    char name[64];

    snprintf(name, sizeof(name), "broker-%s", s->name);
    snprintf(s->broker, sizeof(s->broker), "%s", stores_path(name));
    snprintf(name, sizeof(name), "admin-%s", s->name);
    snprintf(s->admin, sizeof(s->admin), "%s", stores_path(name));
    snprintf(name, sizeof(name), "config-%s", s->name);
    snprintf(s->config, sizeof(s->config), "%s", stores_path(name));
    snprintf(name, sizeof(name), "state-%s", s->name);
    snprintf(s->state, sizeof(s->state), "%s", stores_path(name));
    snprintf(name, sizeof(name), "output-%s", s->name);
    snprintf(s->output, sizeof(s->output), "%s", stores_path(name));
    snprintf(name, sizeof(name), "debug-%s", s->name);
    snprintf(s->debug, sizeof(s->debug), "%s", stores_path(name));
}

void
served_configure(struct served *s, const char *name, const char *lines)
{
    const char *users = stores_location("users"), *at;
    FILE *stream;

    s->name = name;
    name_paths(s);
    stream = fopen(s->config, "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "[scram]\n    store = %s\n    broker = %s\n", users,
            s->broker);
    for (at = strstr(lines, "%s"); at != NULL; at = strstr(lines, "%s")) {
        fprintf(stream, "%.*s%s", (int)(at - lines), lines, stores_path("."));
        lines = at + 2;
    }
    fprintf(stream, "%s\n", lines);
    fprintf(stream,
            "[broker]\n    admin = %s\n    state = %s\n    account = root\n",
            s->admin, s->state);
    ck_assert_int_eq(fclose(stream), 0);
}

/* In the child. */
static int
run(void *data)
{
    const struct served *s = data;
    const char *build = getenv("GSS_SCRAM_BUILD");
    char program[512];
    int fd = open(s->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    snprintf(program, sizeof(program), "%s/gss-scramd",
             build == NULL ? "." : build);
    if (s->before != NULL && s->before() != 0)
        return SERVED_BROKEN;
    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        return SERVED_BROKEN;
    /* A leak is looked for with ptrace, which it keeps away. */
    if (geteuid() != 0)
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    execl(program, program, "--foreground", "--config", s->config, "--debug",
          s->debug, (char *)NULL);
    return SERVED_BROKEN;
}

static int
make_notified(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(chmod(path, 0666), 0); /* it may be another account */
    return fd;
}

void
served_start(struct served *s)
{
    const char *path = stores_path("notified");
    int fd = make_notified(path), status;
    char word[64];
    double start = stores_now();

    setenv("NOTIFY_SOCKET", path, 1);
    s->pid = stores_start(run, s);
    unsetenv("NOTIFY_SOCKET");
    while (recv(fd, word, sizeof(word), MSG_DONTWAIT) < 0) {
        ck_assert_msg(waitpid(s->pid, &status, WNOHANG) == 0, "it ended: %s",
                      served_said(s));
        ck_assert_msg(stores_within(start, 60), "it does not serve: %s",
                      served_said(s));
    }
    close(fd);
}

void
served_begin(struct served *s)
{
    served_make_users();
    served_configure(s, "one", "");
    served_start(s);
}

static struct served *fixture;

static void
begin(void)
{
    served_begin(fixture);
}

static void
end(void)
{
    served_stop(fixture);
}

void
served_add_fixtures(TCase *tests, struct served *s)
{
    fixture = s;
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, end);
}

int
served_run(const char *program, const char *variable, const char *value,
           const char *arguments, char *text, size_t size)
{
    const char *build = getenv("GSS_SCRAM_BUILD");
    char command[1024];
    FILE *stream;

    snprintf(command, sizeof(command), "%s=%s %s/%s %s 2>&1", variable, value,
             build == NULL ? "." : build, program, arguments);
    stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    text[fread(text, 1, size - 1, stream)] = '\0';
    return WEXITSTATUS(pclose(stream));
}

const char *
served_proc(pid_t process, const char *file)
{
    static char text[16384];
    char path[64];
    FILE *stream;

    snprintf(path, sizeof(path), "/proc/%ld/%s", (long)process, file);
    stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

bool
served_listen(const char *path, int number)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%.107s", path);
    return fd >= 0 &&
           bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
           listen(fd, 16) == 0 && dup2(fd, number) == number;
}

void
served_hand_over(int count)
{
    char text[32];

    snprintf(text, sizeof(text), "%ld", (long)getpid());
    setenv("LISTEN_PID", text, 1);
    snprintf(text, sizeof(text), "%d", count);
    setenv("LISTEN_FDS", text, 1);
}

void
served_stop(struct served *s)
{
    ck_assert_int_eq(kill(s->pid, SIGTERM), 0);
    ck_assert_msg(stores_wait(s->pid) == 0, "%s", served_said(s));
}

void
served_kill(struct served *s)
{
    ck_assert_int_eq(kill(s->pid, SIGKILL), 0);
    (void)stores_wait(s->pid);
}

static const char *
read_all(const char *path, char *text, size_t size)
{
    FILE *stream = fopen(path, "r");
    size_t len = stream == NULL ? 0 : fread(text, 1, size - 1, stream);

    text[len] = '\0';
    if (stream != NULL)
        fclose(stream);
    return text;
}

const char *
served_said(const struct served *s)
{
    static char text[1 << 20];

    return read_all(s->output, text, sizeof(text));
}

const char *
served_shown(const struct served *s)
{
    static char text[1 << 20];

    return read_all(s->debug, text, sizeof(text));
}

static void
wait_for(const char *(*read)(const struct served *), const struct served *s,
         const char *text)
{
    double start = stores_now();

    while (strstr(read(s), text) == NULL)
        ck_assert_msg(stores_within(start, 60), "no \"%s\" in: %s", text,
                      read(s));
}

void
served_wait_said(const struct served *s, const char *text)
{
    wait_for(served_said, s, text);
}

void
served_wait_shown(const struct served *s, const char *text)
{
    wait_for(served_shown, s, text);
}

void
served_reload(struct served *s)
{
    ck_assert_int_eq(truncate(s->output, 0), 0);
    ck_assert_int_eq(kill(s->pid, SIGHUP), 0);
    served_wait_said(s, "the configuration ");
}

/* The flags of a descriptor, as open(2) has them. One that is closed meanwhile
 * is for no program. */
static int
flags_of(pid_t process, const char *fd)
{
    char path[64], line[128];
    FILE *stream;
    int flags = O_CLOEXEC;

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", (int)process, fd);
    stream = fopen(path, "re");
    while (stream != NULL && fgets(line, sizeof(line), stream) != NULL)
        if (sscanf(line, "flags: %o", (unsigned *)&flags) == 1)
            break;
    if (stream != NULL)
        fclose(stream);
    return flags;
}

/* Whether this process has that too, and passes it on: whoever started the test
 * does. */
static bool
was_passed(const char *fd, const char *target)
{
    char path[64], own[256];
    ssize_t len;

    snprintf(path, sizeof(path), "/proc/self/fd/%.16s", fd);
    len = readlink(path, own, sizeof(own) - 1);
    own[len < 0 ? 0 : len] = '\0';
    return strcmp(own, target) == 0 && fcntl(atoi(fd), F_GETFD) == 0;
}

bool
served_keeps_none(const struct served *s)
{
    char path[64], target[256];
    struct dirent *e;
    bool none = true;
    DIR *folder;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)s->pid);
    folder = opendir(path);
    ck_assert_ptr_nonnull(folder);
    while ((e = readdir(folder)) != NULL) {
        ssize_t len =
            readlinkat(dirfd(folder), e->d_name, target, sizeof(target) - 1);

        target[len < 0 ? 0 : len] = '\0';
        if (len <= 0 || atoi(e->d_name) <= STDERR_FILENO ||
            (flags_of(s->pid, e->d_name) & O_CLOEXEC) != 0 ||
            was_passed(e->d_name, target))
            continue;
        fprintf(stderr, "%s would be open: %s\n", e->d_name, target);
        none = false;
    }
    closedir(folder);
    return none;
}

void
served_become(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
        _exit(SERVED_BROKEN);
}
