/*
 * What a handshake takes: of the processor's time on either side, and of
 * memory; beside other mechanisms, for stores of different sizes, in one thread
 * and in several. bench/run runs it, in a world that it makes and removes.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "crowd.h"
#include "fail.h"
#include "pair.h"
#include "parts.h"
#include "sasl.h"
#include "users.h"

enum { SIZES = 3, MEDIUM = 1 };

static struct {
    unsigned users[SIZES];
    char *locations[SIZES];
    int turns;
    int threads; /* as many as there are processors */
    void *module;
} bench = {.users = {1000, 100000, 1000000}, .turns = 21};

static void
print_us(const char *what, struct figure ns)
{
    printf("%-34s %8.2f  %8.2f ..%8.2f\n", what, ns.median / 1e3,
           ns.least / 1e3, ns.most / 1e3);
}

static void
make_stores(void)
{
    int i;

    for (i = 0; i < SIZES; i++) {
        double began = clock_ns();

        bench.locations[i] = users_make(bench.users[i]);
        printf("a store of %u users was made in %.1f s\n", bench.users[i],
               (clock_ns() - began) / 1e9);
    }
}

static void
look_ups(void)
{
    struct figure there, not_there;
    char what[64];
    int i;

    printf("\nOne look-up in the store, us                  median     "
           "least ..    most\n");
    for (i = 0; i < SIZES; i++) {
        parts_look_up(bench.locations[i], bench.users[i], bench.turns, &there,
                      &not_there);
        snprintf(what, sizeof(what), "of %u users, one of them",
                 bench.users[i]);
        print_us(what, there);
        snprintf(what, sizeof(what), "of %u users, nobody", bench.users[i]);
        print_us(what, not_there);
        figure_keep(there, "look_up.ns.users.%u", bench.users[i]);
        figure_keep(not_there, "look_up.ns.nobody.%u", bench.users[i]);
    }
}

/* After one of each size: without a credential, through libgssapi and not. */
enum { DEFAULT = SIZES, DEFAULT_DIRECT, CROWDS };

static void
sizes(void)
{
    struct crowd crowds[CROWDS];
    char what[64];
    int i;

    for (i = 0; i < SIZES; i++)
        crowds[i] = (struct crowd){.location = bench.locations[i],
                                   .users = bench.users[i],
                                   .threads = 1};
    crowds[DEFAULT] = crowds[MEDIUM];
    crowds[DEFAULT].location = NULL;
    crowds[DEFAULT_DIRECT] = crowds[DEFAULT];
    crowds[DEFAULT_DIRECT].way = VISIT_MODULE;
    crowd_measure(crowds, CROWDS, bench.turns, bench.module);

    printf("\nAccepting a random user, both legs, us        median     "
           "least ..    most\n");
    for (i = 0; i < SIZES; i++) {
        snprintf(what, sizeof(what), "of %u users", bench.users[i]);
        print_us(what, crowds[i].ns[CROWD_BOTH]);
        figure_keep(crowds[i].ns[CROWD_BOTH], "accept.ns.users.%u",
                    bench.users[i]);
    }
    snprintf(what, sizeof(what), "of %u, GSS_C_NO_CREDENTIAL",
             bench.users[MEDIUM]);
    print_us(what, crowds[DEFAULT].ns[CROWD_BOTH]);
    figure_keep(crowds[DEFAULT].ns[CROWD_BOTH], "accept.ns.no_credential");
    print_us("the same, without libgssapi",
             crowds[DEFAULT_DIRECT].ns[CROWD_BOTH]);
    printf("contexts per second and processor, deletion included: %.0f (of %u "
           "users)\n",
           crowd_per_second(&crowds[MEDIUM]), bench.users[MEDIUM]);
    printf("with %u users it takes %.2f times what it takes with %u\n",
           bench.users[SIZES - 1],
           crowds[SIZES - 1].ns[CROWD_BOTH].median /
               crowds[0].ns[CROWD_BOTH].median,
           bench.users[0]);
    figure_keep(figure_one(crowd_per_second(&crowds[MEDIUM])),
                "accept.per_second");
}

/* What is compared to see where the time goes. */
enum {
    LIBRARY = PARTS, /* after the parts */
    MODULE,
    MECH_SCRAM,
    DELETION,
    REST_SCRAM, /* the rest is what the others leave */
    REST_GSS,
    REST_LIBRARY,
    SHARES
};

static const char *const share_names[SHARES] = {
    [PART_PARSE] = "parse",
    [PART_LOOK_UP] = "both look-ups",
    [PART_HMACS] = "HMACs",
    [PART_NONCE] = "random",
    [PART_REGISTER] = "register",
    [REST_SCRAM] = "the rest of mech/scram",
    [REST_GSS] = "the rest of mech/gss",
    [REST_LIBRARY] = "libgssapi",
    [LIBRARY] = "all of it",
    [DELETION] = "deletion, beside it",
};

/* One turn of everything, short enough to see one machine. */
static void
take_shares(double ns[SHARES])
{
    struct crowd crowds[3];
    struct figure parts[PARTS];
    int i;

    for (i = 0; i < 3; i++)
        crowds[i] = (struct crowd){.way = (enum visit_way)i,
                                   .location = bench.locations[MEDIUM],
                                   .users = bench.users[MEDIUM],
                                   .threads = 1};
    crowd_measure(crowds, 3, 1, bench.module);
    parts_measure(bench.locations[MEDIUM], bench.users[MEDIUM], 1, parts);
    for (i = 0; i < PARTS; i++)
        ns[i] = parts[i].median;
    for (i = 0; i < 3; i++)
        ns[LIBRARY + i] = crowds[i].ns[CROWD_BOTH].median;
    ns[DELETION] = crowds[0].ns[CROWD_DELETE].median;
    ns[REST_SCRAM] = ns[MECH_SCRAM] - ns[PART_PARSE] - ns[PART_HMACS];
    ns[REST_GSS] = ns[MODULE] - ns[MECH_SCRAM] - ns[PART_LOOK_UP] -
                   ns[PART_NONCE] - ns[PART_REGISTER];
    ns[REST_LIBRARY] = ns[LIBRARY] - ns[MODULE];
}

/* Where the time of both legs goes. */
static void
shares(void)
{
    static const int order[] = {
        PART_PARSE, PART_LOOK_UP, PART_HMACS,   PART_NONCE, PART_REGISTER,
        REST_SCRAM, REST_GSS,     REST_LIBRARY, LIBRARY,    DELETION};
    double(*ns)[SHARES] = calloc((size_t)bench.turns, sizeof(*ns));
    double *one = calloc((size_t)bench.turns, sizeof(*one));
    size_t i;
    int turn;

    if (ns == NULL || one == NULL)
        fail("out of memory");
    for (turn = 0; turn < bench.turns; turn++)
        take_shares(ns[turn]);
    printf("\nWhere the time goes (%u users), us            median     "
           "least ..    most\n",
           bench.users[MEDIUM]);
    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct figure share;

        for (turn = 0; turn < bench.turns; turn++)
            one[turn] = ns[turn][order[i]];
        share = figure_of(one, (size_t)bench.turns);
        print_us(share_names[order[i]], share);
        figure_keep(share, "share.ns.%zu", i);
    }
    free(one);
    free(ns);
}

/* From one thread to as many as there are processors. */
static void
threads(void)
{
    int count = bench.threads, i;
    struct crowd *crowds = calloc((size_t)count * 2, sizeof(*crowds));

    if (crowds == NULL)
        fail("out of memory");
    for (i = 0; i < count; i++) {
        crowds[i] = (struct crowd){.location = bench.locations[MEDIUM],
                                   .users = bench.users[MEDIUM],
                                   .threads = i + 1};
        crowds[count + i] = crowds[i];
        crowds[count + i].way = VISIT_ARITHMETIC;
    }
    crowd_measure(crowds, (size_t)count * 2, bench.turns, bench.module);
    printf("\nThreads at once, us of the processor's time for one context; "
           "beside it, mech/scram\nalone, which shares nothing: what it loses "
           "is the machine's doing\n"
           "threads  first leg  last leg    delete      both  growth     alone "
           " growth\n");
    for (i = 0; i < count; i++) {
        const struct figure *ns = crowds[i].ns;
        const struct figure *alone = crowds[count + i].ns;

        printf(
            "%7d  %9.2f %9.2f %9.2f %9.2f  %5.1f%% %9.2f  %5.1f%%\n", i + 1,
            ns[CROWD_FIRST].median / 1e3, ns[CROWD_LAST].median / 1e3,
            ns[CROWD_DELETE].median / 1e3, ns[CROWD_BOTH].median / 1e3,
            100 * (ns[CROWD_BOTH].median / crowds[0].ns[CROWD_BOTH].median - 1),
            alone[CROWD_BOTH].median / 1e3,
            100 * (alone[CROWD_BOTH].median /
                       crowds[count].ns[CROWD_BOTH].median -
                   1));
        figure_keep(ns[CROWD_BOTH], "accept.ns.threads.%d", i + 1);
        figure_keep(alone[CROWD_BOTH], "alone.ns.threads.%d", i + 1);
    }
    free(crowds);
}

static void
say_absent(const char *name, const char *why)
{
    printf("%s is left out: %s\n", name, why);
}

/* The peers' handshakes through libgssapi, and what a context takes. */
static void
peers(void)
{
    struct creds creds[MECHS] = {{GSS_C_NO_CREDENTIAL, GSS_C_NO_CREDENTIAL}};
    struct pair_cost costs[MECHS];
    struct pair_memory memory;
    char why[256], what[64];
    int i, established;

    printf("\nBoth sides' legs, one user, us                median     "
           "least ..    most\n");
    for (i = 0; i < MECHS; i++) {
        if (mech_absent(&mechs[i]) != NULL)
            say_absent(mechs[i].name, mech_absent(&mechs[i]));
        else if (!mech_acquire(&mechs[i], &creds[i], why))
            say_absent(mechs[i].name, why);
    }
    pair_measure(creds, costs, bench.turns);
    for (i = 0; i < MECHS; i++) {
        if (creds[i].server == GSS_C_NO_CREDENTIAL)
            continue;
        snprintf(what, sizeof(what), "accept, %s", mechs[i].name);
        print_us(what, costs[i].accept_ns);
        figure_keep(costs[i].accept_ns, "accept.ns.%s", mechs[i].name);
        snprintf(what, sizeof(what), "init, %s", mechs[i].name);
        print_us(what, costs[i].init_ns);
        figure_keep(costs[i].init_ns, "init.ns.%s", mechs[i].name);
    }
    printf("\nOne of 10000 acceptor's contexts, bytes      malloc's  "
           "resident\n");
    for (established = 0; established < 2; established++) {
        for (i = 0; i < MECHS; i++) {
            const char *state = established ? "established" : "half_open";

            if (creds[i].server == GSS_C_NO_CREDENTIAL ||
                !pair_memory(&mechs[i], &creds[i], established, &memory))
                continue;
            snprintf(what, sizeof(what), "%s, %s", state, mechs[i].name);
            printf("%-42s %10.0f %9.0f\n", what, memory.heap, memory.resident);
            figure_keep(figure_one(memory.heap), "memory.%s.%s", state,
                        mechs[i].name);
        }
    }
    for (i = 0; i < MECHS; i++)
        mech_release(&creds[i]);
}

static void
sasl_peers(void)
{
    const char *why = "";
    struct figure ns;

    printf("\nThe server's side of SCRAM-SHA-256, us        median     "
           "least ..    most\n");
    if (gnu_sasl_measure(bench.turns, &ns, &why)) {
        print_us("GNU SASL, keys in memory", ns);
        figure_keep(ns, "accept.ns.gnu_sasl");
    } else {
        say_absent("GNU SASL", why);
    }
    if (cyrus_sasl_measure(bench.turns, &ns, &why)) {
        print_us("Cyrus SASL, its default database", ns);
        figure_keep(ns, "accept.ns.cyrus_sasl");
    } else {
        say_absent("Cyrus SASL", why);
    }
}

/* The first time an initiator meets a salt, beside libcrypto's PBKDF2. */
static void
first_time(void)
{
    enum { ITERATIONS = 600000, TIMES = 5 };
    double ours[TIMES], theirs[TIMES];
    struct figure derive, pbkdf2;
    struct scram_keys keys;
    uint8_t out[32];
    int i;

    for (i = 0; i < TIMES; i++) {
        double began = clock_ns(), between;

        if (scram_keys_derive(SCRAM_SHA_256, SLICE(USERS_PASSWORD),
                              SLICE(USERS_SALT), ITERATIONS, &keys) != SCRAM_OK)
            fail("libcrypto derives no keys");
        between = clock_ns();
        if (!PKCS5_PBKDF2_HMAC(USERS_PASSWORD, sizeof(USERS_PASSWORD) - 1,
                               (const uint8_t *)USERS_SALT,
                               sizeof(USERS_SALT) - 1, ITERATIONS, EVP_sha256(),
                               sizeof(out), out))
            fail("libcrypto derives no keys");
        theirs[i] = clock_ns() - between;
        ours[i] = between - began;
    }
    derive = figure_of(ours, TIMES);
    pbkdf2 = figure_of(theirs, TIMES);
    printf("\nAn initiator's keys the first time, %d iterations: %.1f ms; "
           "libcrypto's PBKDF2\nalone: %.1f ms; ratio %.3f\n",
           ITERATIONS, derive.median / 1e6, pbkdf2.median / 1e6,
           derive.median / pbkdf2.median);
    figure_keep(derive, "first_time.ns");
    figure_keep(figure_one(derive.median / pbkdf2.median),
                "first_time.pbkdf2s");
}

int
main(int argc, char **argv)
{
    const char *module = getenv("BENCH_MODULE");
    int i;

    if (argc > 1 && strcmp(argv[1], "--store") == 0) {
        free(users_make(bench.users[0])); /* that, and nothing else */
        return EXIT_SUCCESS;
    }
    if (argc > 1 && strcmp(argv[1], "--quick") == 0) {
        bench.users[SIZES - 1] = bench.users[MEDIUM];
        bench.users[MEDIUM] = 10000;
        bench.turns = 5;
    }
    bench.threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (bench.threads > 16)
        bench.threads = 16;
    bench.module =
        module == NULL ? NULL : dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (bench.module == NULL)
        fail("BENCH_MODULE names no module: start bench/run");
    make_stores();
    peers();
    sasl_peers();
    first_time();
    look_ups();
    sizes();
    shares();
    threads();
    for (i = 0; i < SIZES; i++)
        free(bench.locations[i]);
    return EXIT_SUCCESS;
}
