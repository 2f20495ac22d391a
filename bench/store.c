/*
 * What a store costs beside logins: opening it, changing it, importing what is
 * there already, acquiring a credential for it, and serving from it in many
 * processes. bench/run runs it, in a world that it makes and removes.
 */
#include <dlfcn.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <string.h>

#include "children.h"
#include "clock.h"
#include "fail.h"
#include "users.h"

enum { SIZES = 3, BATCH = 1000 };

static const unsigned users[SIZES] = {1000, 100000, 1000000};

/* Bytes that this process has written, as its file system's or not. */
static double
written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    double bytes = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        sscanf(line, "wchar: %lf", &bytes);
    if (file != NULL)
        fclose(file);
    return bytes;
}

static struct store *
open_store(const char *location, enum store_mode mode)
{
    struct sentence why = {""};
    struct store *store;

    if (store_open(STORE_KINDS(&store_file_writer), location, mode, &store,
                   &why) != SCRAM_OK)
        fail(why.text);
    return store;
}

/* A process keeps what it has opened by a path: each time it is another path to
 * the same file. */
static char *
other_path(const char *location, int times)
{
    size_t scheme = strlen("file:/");
    char *other = malloc(strlen(location) + 2 * (size_t)times + 1);
    int i;

    if (other == NULL)
        fail("out of memory");
    memcpy(other, location, scheme);
    for (i = 0; i < times; i++)
        memcpy(other + scheme + 2 * i, "./", 2);
    strcpy(other + scheme + 2 * times, location + scheme);
    return other;
}

static void
opening(const char *location, unsigned count, int turns)
{
    double *ns = calloc((size_t)turns, sizeof(*ns));
    struct scram_verifier verifier;
    struct sentence why = {""};
    struct figure figure;
    int i;

    if (ns == NULL)
        fail("out of memory");
    for (i = 0; i < turns; i++) {
        char *other = other_path(location, i + 1);
        double began = clock_wall_ns();
        struct store *store = open_store(other, STORE_READ);

        if (store_look_up(store, SCRAM_SHA_256, SLICE("bench"), &verifier,
                          &why) != SCRAM_OK)
            fail(why.text);
        ns[i] = clock_wall_ns() - began;
        store_close(store);
        free(other);
    }
    figure = figure_of(ns, (size_t)turns);
    printf("opening it                 %8u %10.2f ms\n", count,
           figure.median / 1e6);
    figure_keep(figure, "open.ns.users.%u", count);
    free(ns);
}

/* One user's verifier is replaced, as a change of password does. */
static void
changing(const char *location, unsigned count, int turns)
{
    double *ns = calloc((size_t)turns, sizeof(*ns)), bytes = written();
    struct scram_verifier verifier = users_verifier();
    struct user_name name = user_name(count / 2);
    struct sentence why = {""};
    struct figure figure;
    int i;

    if (ns == NULL)
        fail("out of memory");
    for (i = 0; i < turns; i++) {
        double began = clock_wall_ns();
        struct store *store = open_store(location, STORE_WRITE);

        verifier.iterations++;
        if (store_put(store, slice_of(name.text), &verifier, STORE_REPLACE,
                      &why) != SCRAM_OK)
            fail(why.text);
        store_close(store);
        ns[i] = clock_wall_ns() - began;
    }
    bytes = (written() - bytes) / turns;
    figure = figure_of(ns, (size_t)turns);
    printf("one change                 %8u %10.2f ms, %.0f KB written\n", count,
           figure.median / 1e6, bytes / 1e3);
    figure_keep(figure, "change.ns.users.%u", count);
    figure_keep(figure_one(bytes), "change.bytes.users.%u", count);
    free(ns);
}

static void
importing_again(const char *location, unsigned count)
{
    struct store *store = open_store(location, STORE_WRITE);
    const struct scram_verifier v = users_verifier();
    static struct store_entry entries[BATCH];
    static struct user_name names[BATCH];
    struct sentence why = {""};
    double began = clock_wall_ns(), bytes = written();
    unsigned done, i;

    store_begin(store);
    for (done = 0; done < count / 2; done += BATCH) {
        for (i = 0; i < BATCH; i++) {
            names[i] = user_name(done % (count / 2) + i % (count / 2));
            entries[i] = (struct store_entry){.user = slice_of(names[i].text),
                                              .verifier = &v};
        }
        if (store_put_many(store, entries, BATCH, STORE_EITHER, &why) !=
            SCRAM_OK)
            fail(why.text);
    }
    if (store_commit(store, &why) != SCRAM_OK)
        fail(why.text);
    store_close(store);
    printf("importing half of it again %8u %10.2f ms, %.0f KB written\n", count,
           (clock_wall_ns() - began) / 1e6, (written() - bytes) / 1e3);
    figure_keep(figure_one(written() - bytes), "import_again.bytes.users.%u",
                count);
}

/* Acquire and release, as mod_auth_gssapi does several times a login. */
static void
acquiring(const char *location)
{
    enum { ROW = 2000, TURNS = 11 };
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_STORE, location};
    gss_key_value_set_desc set = {1, &element};
    gss_OID_desc oid = {GSS_SCRAM_SHA_256_OID_LENGTH,
                        (void *)GSS_SCRAM_SHA_256_OID};
    gss_OID_set_desc oids = {1, &oid};
    void *module = dlopen(getenv("BENCH_MODULE"), RTLD_NOW | RTLD_LOCAL);
    typeof(gss_acquire_cred_from) *acquire;
    typeof(gss_release_cred) *release;
    int named, turn, i;

    if (module == NULL)
        fail(dlerror());
    *(void **)&acquire = dlsym(module, "gss_acquire_cred_from");
    *(void **)&release = dlsym(module, "gss_release_cred");
    for (named = 0; named < 2; named++) {
        double ns[TURNS];
        struct figure figure;

        for (turn = 0; turn < TURNS; turn++) {
            double began = clock_ns();

            for (i = 0; i < ROW; i++) {
                gss_cred_id_t cred;
                OM_uint32 minor;

                if (acquire(&minor, GSS_C_NO_NAME, 0, &oids, GSS_C_ACCEPT,
                            named ? &set : NULL, &cred, NULL,
                            NULL) != GSS_S_COMPLETE)
                    fail("there is no credential");
                release(&minor, &cred);
            }
            ns[turn] = (clock_ns() - began) / ROW;
        }
        figure = figure_of(ns, TURNS);
        printf("acquire and release, %-15s %10.2f us\n",
               named ? "a named store" : "nothing named", figure.median / 1e3);
        figure_keep(figure, named ? "acquire.ns.named" : "acquire.ns.default");
    }
}

static void
serving(const char *location, unsigned count)
{
    struct children_cost cost = children_look_up(location, 400);
    double held = children_hold(location, 20, 2);

    printf(
        "400 children, each a look-up after a change of %u users: %.0f ms of "
        "the\nprocessor, the first after %.1f ms, all after %.0f ms, %.0f KB "
        "of its own each\n",
        count, cost.cpu_ms, cost.first_ms, cost.all_ms, cost.memory / 1e3);
    printf("20 idle processes, 2 changes after each, keep %.1f MB of deleted "
           "files\n",
           held / 1e6);
    figure_keep(figure_one(cost.cpu_ms), "children.cpu_ms.users.%u", count);
    figure_keep(figure_one(held), "children.held.users.%u", count);
}

int
main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    int sizes = quick ? SIZES - 1 : SIZES, i;
    struct figure first, second;

    printf("What a store costs beside logins, by the clock where not said "
           "otherwise\n%36s\n",
           "users");
    for (i = 0; i < sizes; i++) {
        char *location = users_make(users[i]);

        opening(location, users[i], quick ? 3 : 7);
        changing(location, users[i], quick ? 3 : 7);
        importing_again(location, users[i]);
        if (i == 1) {
            serving(location, users[i]);
            acquiring(location);
        }
        free(location);
    }
    children_log_in(quick ? 20 : 100, &first, &second);
    printf("the first login in a forked child %.0f us of the processor, the "
           "second %.0f\n",
           first.median / 1e3, second.median / 1e3);
    figure_keep(first, "child.first.ns");
    figure_keep(second, "child.second.ns");
    return EXIT_SUCCESS;
}
