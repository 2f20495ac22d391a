/*
 * A store in a file whose records somebody else has made: the input is pairs of
 * a block of key and one of value, as lmdb_meta_fuzz has them, for a file that
 * is then opened, read and, if a "w" follows, changed. Each call does what it
 * is for, or says in a sentence what is wrong with the file.
 */
#include "fuzz.h"

#include <lmdb.h>
#include <unistd.h>

#include "store/lmdb_meta.h"
#include "store/record.h"
#include "store/store.h"

enum { NO_META = 0x20, NO_VERIFIERS = 0x40, MADE = 0x80 };

/* Nothing here has to outlast the machine. */
int
fsync(int fd)
{
    (void)fd;
    return 0;
}

int
fdatasync(int fd)
{
    return fsync(fd);
}

static void
put(MDB_txn *txn, MDB_dbi dbi, struct slice *rest)
{
    struct slice key = fuzz_block(rest), value = fuzz_block(rest);
    MDB_val k = lmdb_val(key), v = lmdb_val(value);

    if (key.len != 0 && key.len <= 511)
        FUZZ_CHECK(mdb_put(txn, dbi, &k, &v, 0) == 0);
}

static void
make_file(const char *path, struct slice *rest)
{
    uint8_t how = fuzz_byte(rest), n;
    MDB_dbi meta, verifiers;
    MDB_env *env;
    MDB_txn *txn;

    unlink(path);
    FUZZ_CHECK(mdb_env_create(&env) == 0);
    FUZZ_CHECK(mdb_env_set_maxdbs(env, LMDB_DATABASES) == 0);
    FUZZ_CHECK(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOLOCK,
                            0600) == 0);
    FUZZ_CHECK(mdb_txn_begin(env, NULL, 0, &txn) == 0);
    if ((how & NO_META) == 0) {
        FUZZ_CHECK(mdb_dbi_open(txn, LMDB_META, MDB_CREATE, &meta) == 0);
        FUZZ_CHECK((how & MADE) == 0 || lmdb_meta_init(txn, meta) == 0);
        for (n = how & 0x1f; n > 0; n--)
            put(txn, meta, rest);
    }
    if ((how & NO_VERIFIERS) == 0) {
        FUZZ_CHECK(mdb_dbi_open(txn, LMDB_VERIFIERS, MDB_CREATE, &verifiers) ==
                   0);
        for (n = fuzz_byte(rest) & 0x1f; n > 0; n--)
            put(txn, verifiers, rest);
    }
    FUZZ_CHECK(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
}

static void
check_verifier(const struct scram_verifier *v)
{
    FUZZ_CHECK(v->mechanism < SCRAM_MECHANISMS && v->iterations != 0);
    FUZZ_CHECK(v->salt_len != 0 && v->salt_len <= SCRAM_SALT_MAX);
}

static enum scram_status
visit(void *data, struct slice user, const struct scram_verifier *verifier)
{
    size_t *count = data;

    FUZZ_CHECK(user.len != 0 && user.len <= SCRAM_USER_MAX);
    check_verifier(verifier);
    (*count)++;
    return SCRAM_OK;
}

/* An outcome of a call for a file that may be damaged. */
static bool
went_well(enum scram_status status, const struct sentence *why)
{
    if (status == SCRAM_OK)
        return true;
    FUZZ_CHECK(status == SCRAM_STORE_FAILED || status == SCRAM_NO_USER ||
               status == SCRAM_USER_EXISTS);
    FUZZ_CHECK(status != SCRAM_STORE_FAILED || why->text[0] != '\0');
    return false;
}

static void
read_store(struct store *store, struct slice user)
{
    struct sentence why = {""};
    struct scram_verifier v;
    enum scram_status status;
    size_t count = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        status = store_look_up(store, (enum scram_mechanism)m, user, &v, &why);
        if (went_well(status, &why) || status == SCRAM_NO_USER)
            check_verifier(&v);
        if (status == SCRAM_NO_USER)
            FUZZ_CHECK(!v.enabled);
    }
    went_well(store_iterate(store, visit, &count, &why), &why);
}

/* What is put is there, and what is removed is not. */
static void
change_store(struct store *store, struct slice user)
{
    struct scram_verifier v = {.mechanism = SCRAM_SHA_256,
                               .iterations = 4096,
                               .salt_len = SCRAM_SALT_LEN,
                               .enabled = true};
    struct sentence why = {""};

    if (went_well(store_put(store, user, &v, STORE_EITHER, &why), &why)) {
        v.iterations = 0;
        FUZZ_CHECK(store_look_up(store, SCRAM_SHA_256, user, &v, &why) ==
                   SCRAM_OK);
        FUZZ_CHECK(v.iterations == 4096 && v.enabled);
    }
    if (went_well(store_remove(store, user, &why), &why))
        FUZZ_CHECK(store_look_up(store, SCRAM_SHA_256, user, &v, &why) ==
                   SCRAM_NO_USER);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice users[] = {SLICE("alice"), SLICE("bob")};
    struct slice rest = {data, size};
    struct sentence why = {""};
    struct store *store = NULL;
    char location[600];
    size_t i;

    snprintf(location, sizeof(location), "lmdb:%s", fuzz_path("users.mdb"));
    make_file(location + strlen("lmdb:"), &rest);
    if (went_well(store_open(location, STORE_READ, &store, &why), &why)) {
        for (i = 0; i < 2; i++)
            read_store(store, users[i]);
        store_close(store);
        store = NULL;
    }
    /* Who changes a store waits for a few milliseconds each time. */
    if (fuzz_byte(&rest) == 'w' &&
        went_well(store_open(location, STORE_WRITE, &store, &why), &why)) {
        change_store(store, users[0]);
        store_close(store);
    }
    return 0;
}
