/*
 * How much of the processor's time the mechanism takes, beside the others that
 * are installed and libcrypto alone. bench/run runs it, in a world that it
 * makes and removes.
 */
#include <openssl/crypto.h>
#include <stdio.h>

#include "fail.h"
#include "message.h"
#include "store/store.h"

/* The one user, in the store that the environment names. */
static void
add_user(void)
{
    const char *location = getenv("BENCH_STORE");
    struct scram_verifier verifier;
    struct sentence why = {"BENCH_STORE names no store: start bench/run"};
    struct store *store;

    if (location == NULL ||
        store_open(STORE_KINDS(&store_file_writer), location, STORE_CREATE,
                   &store, &why) != SCRAM_OK)
        fail(why.text);
    if (scram_verifier_derive(SCRAM_SHA_256, slice_of(mechs[0].password),
                              SLICE("0123456789abcdef"), 4096,
                              &verifier) != SCRAM_OK ||
        store_put(store, slice_of(mechs[0].user), &verifier, STORE_ADD, &why) !=
            SCRAM_OK)
        fail(why.text);
    store_close(store);
}

int
main(void)
{
    struct ends ends[MECHS] = {{GSS_C_NO_CONTEXT, GSS_C_NO_CONTEXT}};
    char why[256];
    int i;

    add_user();
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < MECHS; i++) {
        const char *absent = mech_absent(&mechs[i]);

        if (absent != NULL)
            printf("%s is left out: %s\n", mechs[i].name, absent);
        else if (!mech_establish(&mechs[i], &ends[i], why))
            printf("%s is left out: %s\n", mechs[i].name, why);
    }
    if (ends[0].client == GSS_C_NO_CONTEXT)
        fail("there is nothing to measure");
    printf("\nMicroseconds of the processor's time for a message; for %s the "
           "speed, its\nshare of libcrypto's, and how many times the best "
           "peer's it is.\n\n",
           mechs[0].name);
    message_measure(ends);
    for (i = 0; i < MECHS; i++)
        mech_end(&ends[i]);
    return EXIT_SUCCESS;
}
