/*
 * A day of the throttle, with the clock moved by hand: how many guesses are
 * looked at, and how many of the honest logins are let in meanwhile. Then what
 * a question costs, and what it takes to make the table forget. It prints the
 * same each time, but for the nanoseconds.
 */
#include "daemon/throttle.h"
#include "base/config_broker.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"

#define SECOND 1000u /* ms */
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)
#define NEVER UINT64_MAX
#define TRIES 5 /* of a person, before giving up */

enum { WEB = 33, MAIL = 8 };
enum password { RIGHT, WRONG, EARLIER };

static const struct throttle_limits limits = {CONFIG_BROKER_BURST,
                                              CONFIG_BROKER_REFILL};

/* What goes on in a day; an interval is the mean of what comes at random. */
struct day {
    const char *what;
    uint32_t attack; /* ms between two guesses at the web site; 0: none */
    uint32_t device; /* ms between the tries of a device that was forgotten */
    bool remembered; /* the store knows the user's earlier password */
    uid_t honest_at; /* the service that people log in at */
    uint32_t honest; /* ms between two of their sessions */
    double mistyped; /* of their first tries */
    uint32_t hosts;  /* that share the account, each once a minute; over the
                        first hour they learn of a new password */
};

struct counts {
    unsigned long guesses, looked_at, sessions, let_in, logins, logins_in;
};

static double
chance(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (double)(x >> 11) / 9007199254740992.0;
}

/* A time of about the mean, as that of independent events is: from a half to
 * one and a half of it is random enough here. */
static uint64_t
later(uint64_t now, uint32_t mean)
{
    return mean == 0 ? NEVER : now + (uint64_t)(mean * (0.5 + chance())) + 1;
}

/* Whether the login is let in; *looked_at counts wrong proofs that were. */
static bool
try_login(struct throttle *t, uint64_t now, uid_t account,
          enum password password, bool remembered, unsigned long *looked_at)
{
    struct throttle_token token;
    uint32_t wait;

    if (throttle_take(t, now, account, SLICE("alice"), &token, &wait) !=
        THROTTLE_TAKEN)
        return false;
    if (password == WRONG || (password == EARLIER && !remembered)) {
        throttle_spend(t, now, &token);
        ++*looked_at;
    } else {
        throttle_give_back(t, &token);
    }
    return password == RIGHT;
}

/* A person's session: tries until one is let in, 5 s apart. */
struct person {
    uint64_t next;
    int tries;
};

static void
person_tries(struct throttle *t, const struct day *day, struct person *person,
             struct counts *n)
{
    unsigned long mistakes = 0;
    bool mistyped = person->tries == 0 && chance() < day->mistyped, in;

    n->sessions += person->tries == 0;
    in = try_login(t, person->next, day->honest_at, mistyped ? WRONG : RIGHT,
                   false, &mistakes);
    n->let_in += in;
    if (in || ++person->tries == TRIES)
        *person = (struct person){later(person->next, day->honest), 0};
    else
        person->next += 5 * SECOND;
}

/* One of the hosts, in a day that began at @p start. */
static void
host_tries(struct throttle *t, const struct day *day, uint64_t start,
           uint64_t now, struct counts *n)
{
    uint64_t told = start + (uint64_t)(chance() * 60 * MINUTE);
    unsigned long wrong = 0;

    n->logins += now > told;
    n->logins_in += try_login(t, now, WEB, now > told ? RIGHT : EARLIER,
                              day->remembered, &wrong);
}

static struct counts
live(struct throttle *t, const struct day *day, uint64_t start)
{
    struct counts n = {0};
    struct person person = {later(start, day->honest), 0};
    uint64_t attack = later(start, day->attack);
    uint64_t device = day->device == 0 ? NEVER : start;
    uint64_t host = day->hosts == 0 ? NEVER : start, end = start + DAY;
    unsigned long spent = 0;

    for (;;) {
        uint64_t now = attack < device ? attack : device;

        if (host < now)
            now = host;
        if (person.next < now)
            now = person.next;
        if (now >= end)
            return n;
        if (now == person.next) {
            person_tries(t, day, &person, &n);
        } else if (now == attack) {
            n.guesses++;
            try_login(t, now, WEB, WRONG, false, &n.looked_at);
            attack = later(now, day->attack);
        } else if (now == device) {
            try_login(t, now, WEB, EARLIER, day->remembered, &spent);
            device += day->device;
        } else {
            host_tries(t, day, start, now, &n);
            host = later(now, MINUTE / day->hosts);
        }
    }
}

#define PERSON(at) at, 20 * MINUTE, 0.2, 0

static const struct day days[] = {
    {"nobody else", 0, 0, true, PERSON(WEB)},
    {"attack, 1 a second, same service", SECOND, 0, true, PERSON(WEB)},
    {"attack, 1 a second, other service", SECOND, 0, true, PERSON(MAIL)},
    {"attack, 5 a second, same service", SECOND / 5, 0, true, PERSON(WEB)},
    {"attack, 5 a second, other service", SECOND / 5, 0, true, PERSON(MAIL)},
    {"stale device, each 20 s", 0, 20 * SECOND, true, PERSON(WEB)},
    {"the same, not remembered", 0, 20 * SECOND, false, PERSON(WEB)},
    {"200 hosts, a new password", 0, 0, true, WEB, 0, 0, 200},
    {"the same, not remembered", 0, 0, false, WEB, 0, 0, 200},
    {"200 hosts, attack, 1 a second", SECOND, 0, true, WEB, 0, 0, 200},
};

static double
percent(unsigned long part, unsigned long all)
{
    return all == 0 ? 100 : 100.0 * (double)part / (double)all;
}

/* Each day begins with a full bucket, as a day fills any. */
static void
simulate(struct throttle *t, uint64_t *now)
{
    size_t i;

    printf(
        "A day of one user, %u guesses and one more each %u s: guesses, those "
        "that were\nlooked at, and honest logins that were let in (a person "
        "tries %d times, each 5 s)\n",
        limits.guess_burst, limits.guess_refill / SECOND, TRIES);
    printf("%-36s %8s %9s %16s\n", "", "guesses", "looked at", "let in");
    for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        struct counts n = live(t, &days[i], *now);
        unsigned long in = n.let_in + n.logins_in, of = n.sessions + n.logins;

        printf("%-36s %8lu %9lu %6lu of %6lu, %5.1f %%\n", days[i].what,
               n.guesses, n.looked_at, in, of, percent(in, of));
        *now += 2 * (uint64_t)DAY;
    }
}

static void
fail_by_name(struct throttle *t, uint64_t now, const char *prefix,
             unsigned long number, int times)
{
    struct throttle_token token;
    char name[32];
    uint32_t wait;
    int len = snprintf(name, sizeof(name), "%s%lu", prefix, number);

    while (times-- > 0) {
        struct slice user = {(const uint8_t *)name, (size_t)len};

        if (throttle_take(t, now, WEB, user, &token, &wait) == THROTTLE_TAKEN)
            throttle_spend(t, now, &token);
    }
}

/* How many of a thousand users with ten failures have more than they should
 * after others have failed so often, at 50,000 a second. */
static void
flood(struct throttle *t, uint64_t *now, unsigned long names, int times)
{
    uint64_t start = *now;
    double began = clock_ns(), spent;
    unsigned long i, forgotten = 0;

    for (i = 0; i < 1000; i++)
        fail_by_name(t, start, "user", i, 10);
    for (i = 0; i < names; i++) {
        *now = start + i * (unsigned long)times / 50;
        fail_by_name(t, *now, "", i, times);
    }
    spent = clock_ns() - began;
    for (i = 0; i < 1000; i++) {
        struct throttle_state state;
        char name[32];
        int len = snprintf(name, sizeof(name), "user%lu", i);

        if (!throttle_look(t, *now, WEB,
                           (struct slice){(const uint8_t *)name, (size_t)len},
                           &state))
            fail("libcrypto failed");
        forgotten += state.left > 10 + (*now - start) / limits.guess_refill;
    }
    printf("%9lu names, %2d failures each, in %3lu s: %4lu of 1000 users are "
           "forgotten, %.2f us\n",
           names, times, (unsigned long)(*now - start) / SECOND, forgotten,
           spent / 1000 / (double)names / times);
    *now += DAY;
}

int
main(int argc, char **argv)
{
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    const char *folder = getenv("BENCH_FOLDER");
    uint64_t now = DAY;
    struct throttle *t;
    struct sentence why;
    unsigned long names = quick ? 1000000 : 10000000;

    if (folder == NULL)
        fail("BENCH_FOLDER names no folder");
    if (throttle_open(folder, &limits, now, &t, &why) != SCRAM_OK)
        fail(why.text);
    simulate(t, &now);
    printf("\nA flood, after ten failures of each of 1000 users; the last is a "
           "wrong proof's cost\n");
    flood(t, &now, names, 1);
    flood(t, &now, names / 20, 10);
    flood(t, &now, names / 5, 5);
    throttle_close(t);
    return 0;
}
