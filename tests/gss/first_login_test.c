/*
 * What the first login in a forked child costs, as in a server that forks for
 * every client: the parent has made what can be made once, libcrypto's random
 * generator among it.
 */
#include "apart.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "crew.h"

/* libcrypto's memory: what is made anew shows in how often it asks. */
static unsigned allocations;

static void *
count_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return malloc(size);
}

static void *
count_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    allocations++;
    return realloc(memory, size);
}

static void
count_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static struct shared shared;
static bool draws; /* whether the program itself has drawn random bytes */

/* What a child tells, and the client's first token, which another process made:
 * a server has no client's credential. */
static struct first {
    unsigned allocations[3];
    double microseconds[3];
    char token[512];
    size_t len;
} * first;

static double
microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The server's first leg, which is what has a nonce; 1 where it fails. */
static int
serve(int login)
{
    gss_buffer_desc token = {first->len, first->token};
    struct pair pair = {.to_server = token};
    unsigned before = allocations;
    double start = microseconds();

    pair_server_leg(&pair, &shared);
    first->microseconds[login] = microseconds() - start;
    first->allocations[login] = allocations - before;
    pair.to_server = (gss_buffer_desc){0};
    if (pair.server_major != GSS_S_CONTINUE_NEEDED)
        return 1;
    pair_release(&pair);
    return 0;
}

/* All of a login, and a message each way, which has a confounder. */
static int
talk(int login)
{
    struct pair pair = {0};
    unsigned before = allocations;
    double start = microseconds();
    bool good =
        pair_run(&pair, &shared, shared.client) && pair_talk(&pair) == NULL;

    first->microseconds[login] = microseconds() - start;
    first->allocations[login] = allocations - before;
    pair_release(&pair);
    return !good;
}

static void
make_token(void)
{
    struct pair pair = {0};
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        shared.target = apart_target();
        shared.client = user_cred("alice", "wonderland", &sha_256);
        pair_client_leg(&pair, &shared, shared.client);
        first->len = pair.to_server.length;
        memcpy(first->token, pair.to_server.value, first->len);
        _exit(EXIT_SUCCESS);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

/* What a server has done before it forks; none of it is a login. */
static const char *
prepare(void)
{
    unsigned char byte;

    if (draws && RAND_bytes(&byte, 1) != 1)
        return "libcrypto has no random bytes";
    return NULL;
}

static void
begin(bool program_draws)
{
    first = mmap(NULL, sizeof(*first), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(first != MAP_FAILED);
    make_token();
    draws = program_draws;
    shared.target = apart_target();
    shared.client = user_cred("alice", "wonderland", &sha_256);
    shared.server = server_cred(&sha_256);
    ck_assert_ptr_null(prepare());
}

/* What a child does, three times. */
struct part {
    const char *what;
    int (*work)(int login);
};

static struct first
child_s_logins(const struct part *part, bool program_draws)
{
    int status, i, failed = 0;
    pid_t child;

    begin(program_draws);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        for (i = 0; i < 3; i++)
            failed |= part->work(i);
        _exit(failed);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    printf("%s: libcrypto allocates %u times in a child's first %s, %u in its "
           "third; %.0f us of the processor, and %.0f\n",
           program_draws ? "the program has drawn before" : "nobody has drawn",
           first->allocations[0], part->what, first->allocations[2],
           first->microseconds[0], first->microseconds[2]);
    return *first;
}

/* A program in a process of its own each time: what is made once, is made. */
static unsigned
first_allocations(const struct part *part, bool program_draws)
{
    unsigned *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    pid_t child;

    ck_assert(result != MAP_FAILED);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        *result = child_s_logins(part, program_draws).allocations[0];
        fflush(stdout);
        _exit(EXIT_SUCCESS);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    return *result;
}

/* A server's parent makes the generator, if only because a server is going to
 * need it: a program that had drawn would gain nothing for its children. */
static const struct part parts[] = {
    {"leg of a server", serve},
    {"login of both ends, with a message each way", talk},
};

START_TEST(a_child_s_first_login_makes_no_generator)
{
    unsigned drawn = first_allocations(&parts[_i], true);
    unsigned undrawn = first_allocations(&parts[_i], false);

    ck_assert_uint_le(undrawn, drawn + 4);
}
END_TEST

static const char *
serve_first(void)
{
    return serve(0) == 0 ? NULL : "the first login failed";
}

static const char *
serve_before(void)
{
    return serve(0) == 0 ? NULL : "the login before failed";
}

static const char *
nothing_before(void)
{
    return NULL;
}

/* For the record: how much a child asks of the kernel. */
START_TEST(a_child_s_system_calls_are_printed)
{
    struct calls calls;

    begin(_i == 1);
    if (calls_count(nothing_before, serve_first, &calls))
        printf("a child's first login%s: %u system calls, %u for random bytes, "
               "%u opens\n",
               _i == 1 ? ", when the program has drawn before" : "", calls.all,
               calls.random, calls.opens);
    if (calls_count(serve_before, serve_first, &calls))
        printf("its second: %u, %u, %u\n", calls.all, calls.random,
               calls.opens);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_child_s_first_login_makes_no_generator, 0,
                        COUNT(parts));
    tcase_add_loop_test(tests, a_child_s_system_calls_are_printed, 0, 2);
}

int
main(void)
{
    /* Before libcrypto has any. */
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return EXIT_FAILURE;
    return world_run("first_login", add, 60);
}
