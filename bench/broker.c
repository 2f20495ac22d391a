/*
 * What a login takes that gss-scramd answers: of the processor's time in both
 * processes beside others who answer in the server's own, and by the clock; and
 * what a new password takes. bench/run runs it, and gss-scramd too, one for
 * each number of users, in a world that it makes and removes.
 */
#include <string.h>

#include "../tools/broker_store.h"
#include "clock.h"
#include "crowd.h"
#include "daemon/lmdb/store.h"
#include "fail.h"
#include "latency.h"
#include "pair.h"
#include "sasl.h"
#include "users.h"

#define BROKERS_MAX 3 /* the most users come last */

struct broker_run {
    unsigned users;
    pid_t pid;
    char config[256]; /* path */
    char location[256];
};

static struct {
    struct broker_run brokers[BROKERS_MAX];
    int count;
    char *file; /* location of an embedded store, of as many users as the
                   second of them has */
    int turns;
    int rounds; /* of 10,000 logins by the clock */
} bench = {.turns = 41, .rounds = 11};

enum { MEDIUM = 1 };

/* Whose cost is compared, after a broker of each size. */
enum { OWN = BROKERS_MAX, FILE_STORE, GNU_SASL, KRB5, ROWS };

static void
print_us(const char *what, struct figure ns)
{
    printf("%-40s %8.2f  %8.2f ..%8.2f\n", what, ns.median / 1e3,
           ns.least / 1e3, ns.most / 1e3);
}

/* One turn of everything, short enough to see one machine. */
static void
take_costs(const struct creds creds[MECHS], int turn, double ns[ROWS])
{
    struct crowd crowds[BROKERS_MAX + 1];
    struct pair_cost costs[MECHS];
    const char *why;
    struct figure gnu;
    int i;

    for (i = 0; i < bench.count; i++)
        crowds[i] = (struct crowd){.config = bench.brokers[i].config,
                                   .broker = bench.brokers[i].pid,
                                   .users = bench.brokers[i].users};
    crowds[i] = (struct crowd){.location = bench.file,
                               .users = bench.brokers[MEDIUM].users};
    for (i = 0; i <= bench.count; i++) {
        crowds[i].threads = 1;
        crowds[i].seed = (uint64_t)turn << 32;
    }
    crowd_measure(crowds, (size_t)bench.count + 1, 1, NULL);
    for (i = 0; i < bench.count; i++)
        ns[i] = crowds[i].ns[CROWD_BOTH].median;
    ns[OWN] = crowds[MEDIUM].ns[CROWD_BROKER].median;
    ns[FILE_STORE] = crowds[bench.count].ns[CROWD_BOTH].median;
    if (gnu_sasl_measure(1, &gnu, &why))
        ns[GNU_SASL] = gnu.median;
    if (creds[1].server != GSS_C_NO_CREDENTIAL) {
        pair_measure(creds, costs, 1);
        ns[KRB5] = costs[1].accept_ns.median;
    }
}

/* How often one row's cost is another's, in the same turns. */
static void
compare(double (*ns)[ROWS], int row, int other, const char *what,
        const char *name)
{
    double *ratios = calloc((size_t)bench.turns, sizeof(*ratios));
    struct figure ratio;
    int i;

    if (ratios == NULL)
        fail("out of memory");
    for (i = 0; i < bench.turns; i++)
        ratios[i] = ns[i][row] / ns[i][other];
    ratio = figure_of(ratios, (size_t)bench.turns);
    printf("%-40s %8.2f  %8.2f ..%8.2f\n", what, ratio.median, ratio.least,
           ratio.most);
    figure_keep(ratio, "broker.ratio.%s", name);
    free(ratios);
}

/* Print a row and keep it; false where there was nothing to measure. */
static bool
say_cost(double (*ns)[ROWS], int row, const char *what, const char *name)
{
    double *one = calloc((size_t)bench.turns, sizeof(*one));
    struct figure figure;
    int i;

    if (one == NULL)
        fail("out of memory");
    for (i = 0; i < bench.turns; i++)
        one[i] = ns[i][row];
    figure = figure_of(one, (size_t)bench.turns);
    free(one);
    if (figure.median == 0) {
        printf("%s is left out: see --handshakes\n", what);
        return false;
    }
    print_us(what, figure);
    figure_keep(figure, "broker.ns.%s", name);
    if (row == OWN) {
        printf("%-40s %8.0f\n", "logins a second of gss-scramd's time",
               1e9 / figure.median);
        figure_keep(figure_one(1e9 / figure.median), "broker.per_second");
    }
    return true;
}

static void
say_costs(double (*ns)[ROWS])
{
    char what[64], name[32];
    bool gnu, krb5;
    int i;

    printf("\nA login of a random user, the server's side, us   median     "
           "least ..    most\n");
    for (i = 0; i < bench.count; i++) {
        snprintf(what, sizeof(what), "gss-scramd and server, %u users",
                 bench.brokers[i].users);
        snprintf(name, sizeof(name), "users.%u", bench.brokers[i].users);
        say_cost(ns, i, what, name);
    }
    snprintf(what, sizeof(what), "gss-scramd's part, %u users",
             bench.brokers[MEDIUM].users);
    say_cost(ns, OWN, what, "own");
    snprintf(what, sizeof(what), "a file of %u users, embedded",
             bench.brokers[MEDIUM].users);
    say_cost(ns, FILE_STORE, what, "embedded");
    gnu = say_cost(ns, GNU_SASL, "GNU SASL, keys in memory", "gnu_sasl");
    krb5 = say_cost(ns, KRB5, "krb5", "krb5");

    printf("How many times that of others, turn by turn       median     "
           "least ..    most\n");
    compare(ns, MEDIUM, FILE_STORE, "embedded", "embedded");
    if (gnu)
        compare(ns, MEDIUM, GNU_SASL, "GNU SASL", "gnu_sasl");
    if (krb5)
        compare(ns, MEDIUM, KRB5, "krb5", "krb5");
    for (i = 1; i < bench.count; i++) {
        snprintf(what, sizeof(what), "%u users against %u",
                 bench.brokers[i].users, bench.brokers[0].users);
        snprintf(name, sizeof(name), "users.%u", bench.brokers[i].users);
        compare(ns, i, 0, what, name);
    }
}

static void
costs(void)
{
    double(*ns)[ROWS] = calloc((size_t)bench.turns, sizeof(*ns));
    struct creds creds[MECHS] = {{GSS_C_NO_CREDENTIAL, GSS_C_NO_CREDENTIAL}};
    char why[256];
    int turn;

    if (ns == NULL)
        fail("out of memory");
    if (mech_absent(&mechs[1]) == NULL)
        mech_acquire(&mechs[1], &creds[1], why);
    for (turn = 0; turn < bench.turns; turn++)
        take_costs(creds, turn, ns[turn]);
    say_costs(ns);
    mech_release(&creds[1]);
    free(ns);
}

/* What is waited for: in one thread and in sixteen, embedded and not. */
enum { EMBEDDED_1, BROKER_1, EMBEDDED_16, BROKER_16, WAITS };

static const char *const wait_names[WAITS] = {
    [EMBEDDED_1] = "embedded.1",
    [BROKER_1] = "broker.1",
    [EMBEDDED_16] = "embedded.16",
    [BROKER_16] = "broker.16",
};

static struct figure
figure_of_rank(struct latency (*waits)[WAITS], int wait, int rank)
{
    double *ns = calloc((size_t)bench.rounds, sizeof(*ns));
    struct figure figure;
    int i;

    if (ns == NULL)
        fail("out of memory");
    for (i = 0; i < bench.rounds; i++)
        ns[i] = rank < LATENCY_RANKS ? waits[i][wait].ns[rank]
                                     : waits[i][wait].broker_ns;
    figure = figure_of(ns, (size_t)bench.rounds);
    free(ns);
    return figure;
}

static void say_waits(struct latency (*waits)[WAITS])
{
    static const char *const ranks[] = {"p50", "p99", "p999"};
    struct figure own;
    int i, rank;

    printf("\nHow long the server waits for a login, us by the clock, %u "
           "users\n%-29s %9s %9s %9s %9s\n",
           bench.brokers[MEDIUM].users, "", "at once", "p50", "p99", "p99.9");
    for (i = 0; i < WAITS; i++) {
        printf("%-29s %9d", i % 2 == 0 ? "embedded" : "gss-scramd",
               waits[0][i].threads);
        for (rank = 0; rank < LATENCY_RANKS; rank++) {
            struct figure figure = figure_of_rank(waits, i, rank);

            printf(" %9.1f", figure.median / 1e3);
            figure_keep(figure, "broker.wait_ns.%s.%s", ranks[rank],
                        wait_names[i]);
        }
        printf("\n");
    }
    own = figure_of_rank(waits, BROKER_16, LATENCY_RANKS);
    printf("logins a second of gss-scramd's time, 16 at once: %.0f\n",
           1e9 / own.median);
    figure_keep(figure_one(1e9 / own.median), "broker.per_second.16");
}

static void
latencies(void)
{
    struct latency(*waits)[WAITS] =
        calloc((size_t)bench.rounds, sizeof(*waits));
    const struct broker_run *broker = &bench.brokers[MEDIUM];
    struct visit_server servers[2];
    int turn, i;

    if (waits == NULL)
        fail("out of memory");
    visit_server_open(VISIT_LIBRARY, NULL, broker->config, &servers[1]);
    visit_server_open(VISIT_LIBRARY, bench.file, NULL, &servers[0]);
    for (turn = 0; turn < bench.rounds; turn++) {
        for (i = 0; i < WAITS; i++) {
            waits[turn][i] = (struct latency){
                .server = &servers[i % 2],
                .users = broker->users,
                .seed = (uint64_t)turn << 32,
                .threads = i < EMBEDDED_16 ? 1 : 16,
                .broker = i % 2 == 0 ? 0 : broker->pid,
            };
            latency_measure(&waits[turn][i]);
        }
    }
    say_waits(waits);
    visit_server_close(&servers[0]);
    visit_server_close(&servers[1]);
    free(waits);
}

/* What gss-scramd has written, by its calls or to a disk; below 0 where this
 * account may not see it. */
static double
written(pid_t pid, const char *format)
{
    char path[64], line[128];
    double bytes = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        sscanf(line, format, &bytes);
    if (file != NULL)
        fclose(file);
    return bytes;
}

/* One user's new password, as the command has it made: connecting is part of
 * it, and PBKDF2 is not. */
static void
change(const struct broker_run *broker, unsigned user, uint32_t iterations)
{
    struct scram_verifier verifier = users_verifier();
    struct user_name name = user_name(user);
    struct sentence why = {""};
    struct store *store;

    verifier.iterations = iterations;
    if (store_open(STORE_KINDS(&store_broker), broker->location, STORE_WRITE,
                   &store, &why) != SCRAM_OK ||
        store_set(store, slice_of(name.text), &verifier, 1, STORE_REPLACE,
                  &why) != SCRAM_OK)
        fail(why.text);
    store_close(store);
}

static void
changing(const struct broker_run *broker)
{
    double *ns = calloc((size_t)bench.turns, sizeof(*ns));
    double calls = written(broker->pid, "wchar: %lf");
    double disk = written(broker->pid, "write_bytes: %lf");
    struct figure figure;
    uint64_t state = 1;
    int i;

    if (ns == NULL || setenv("GSS_SCRAM_CONFIG", broker->config, 1) != 0)
        fail("out of memory");
    for (i = 0; i < bench.turns; i++) {
        unsigned user = user_random(&state) % broker->users;
        double began = clock_wall_ns();

        change(broker, user, USERS_ITERATIONS + 1 + (uint32_t)i);
        ns[i] = clock_wall_ns() - began;
    }
    calls = (written(broker->pid, "wchar: %lf") - calls) / bench.turns;
    disk = (written(broker->pid, "write_bytes: %lf") - disk) / bench.turns;
    figure = figure_of(ns, (size_t)bench.turns);
    printf("of %8u users %29.2f  %8.2f ..%8.2f %8.1f %8.1f\n", broker->users,
           figure.median / 1e6, figure.least / 1e6, figure.most / 1e6,
           calls / 1e3, disk / 1e3);
    figure_keep(figure, "broker.change.ns.users.%u", broker->users);
    figure_keep(figure_one(calls), "broker.change.bytes.users.%u",
                broker->users);
    free(ns);
}

/* "USERS PID FOLDER", as bench/run has started it. */
static void
take_broker(char **argv)
{
    struct broker_run *b = &bench.brokers[bench.count++];

    b->users = (unsigned)strtoul(argv[0], NULL, 10);
    b->pid = (pid_t)strtol(argv[1], NULL, 10);
    snprintf(b->config, sizeof(b->config), "%s/scram.conf", argv[2]);
    snprintf(b->location, sizeof(b->location), "lmdb:%s/users.mdb", argv[2]);
}

/* broker --make USERS LOCATION, or broker [--quick] USERS PID FOLDER... */
int
main(int argc, char **argv)
{
    int i = 1;

    if (argc == 4 && strcmp(argv[1], "--make") == 0) {
        users_make_at(&store_lmdb, argv[3],
                      (unsigned)strtoul(argv[2], NULL, 10));
        return EXIT_SUCCESS;
    }
    if (argc > 1 && strcmp(argv[1], "--quick") == 0) {
        bench.turns = bench.rounds = 5;
        i++;
    }
    for (; i + 3 <= argc && bench.count < BROKERS_MAX; i += 3)
        take_broker(argv + i);
    if (bench.count <= MEDIUM)
        fail("there is no gss-scramd: start bench/run");
    bench.file = users_make(bench.brokers[MEDIUM].users);
    costs();
    latencies();
    printf("\nOne user's new password, ms by the clock         median     "
           "least ..    most\nwithout PBKDF2; KB that gss-scramd writes, and "
           "that the kernel counts for it\n");
    for (i = 0; i < bench.count; i++)
        changing(&bench.brokers[i]);
    free(bench.file);
    return EXIT_SUCCESS;
}
