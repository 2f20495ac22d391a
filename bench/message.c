/*
 * How much of the processor's time messages take, beside what libcrypto alone
 * takes for the same bytes. The median of many runs counts; ours and
 * libcrypto's take turns, so that both see the same machine.
 */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rfc4121/message.h"

#define LONGEST ((size_t)1 << 20)
#define RUNS 31
#define RUN_NS 4e6 /* what one run takes, about */

struct bench {
    size_t len;
    uint8_t *message, *token, *opened;
    struct rfc4121_context *sender, *receiver;
    EVP_CIPHER_CTX *encrypt, *decrypt;
    EVP_MD_CTX *sha1;
};

typedef void step(struct bench *b);

static void
check(bool done)
{
    if (!done) {
        fputs("bench/message: libcrypto or a message failed\n", stderr);
        exit(EXIT_FAILURE);
    }
}

static enum scram_status
random_bytes(uint8_t *bytes, size_t len)
{
    return RAND_bytes(bytes, (int)len) == 1 ? SCRAM_OK : SCRAM_CRYPTO_FAILED;
}

static void
wrap(struct bench *b)
{
    struct slice message = {b->message, b->len};

    check(rfc4121_wrap(b->sender, true, message, b->token) == SCRAM_OK);
}

static void
wrap_integrity(struct bench *b)
{
    struct slice message = {b->message, b->len};

    check(rfc4121_wrap(b->sender, false, message, b->token) == SCRAM_OK);
}

static void
unwrap(struct bench *b)
{
    bool sealed = b->token[2] & 2, confidential;
    struct slice token = {b->token, rfc4121_wrap_len(sealed, b->len)};
    enum rfc4121_order order;
    size_t len;

    check(rfc4121_unwrap(b->receiver, token, b->opened, &len, &confidential,
                         &order) == SCRAM_OK);
}

static void
get_mic(struct bench *b)
{
    struct slice message = {b->message, b->len};

    check(rfc4121_get_mic(b->sender, message, b->token) == SCRAM_OK);
}

static void
verify_mic(struct bench *b)
{
    struct slice message = {b->message, b->len};
    struct slice token = {b->token, RFC4121_MIC_LEN};
    enum rfc4121_order order;

    check(rfc4121_verify_mic(b->receiver, message, token, &order) == SCRAM_OK);
}

static void
sha1(struct bench *b, const uint8_t *data)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    check(EVP_DigestInit_ex2(b->sha1, NULL, NULL) &&
          EVP_DigestUpdate(b->sha1, data, b->len) &&
          EVP_DigestFinal_ex(b->sha1, digest, NULL));
}

static void
cbc(EVP_CIPHER_CTX *ctx, uint8_t *to, const uint8_t *from, size_t len)
{
    static const uint8_t iv[16];
    int done;

    check(EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) &&
          EVP_CipherUpdate(ctx, to, &done, from, (int)len));
}

static void
libcrypto_mac(struct bench *b)
{
    sha1(b, b->message);
}

static void
libcrypto_seal(struct bench *b)
{
    cbc(b->encrypt, b->opened, b->message, b->len);
    sha1(b, b->message);
}

static void
libcrypto_unseal(struct bench *b)
{
    cbc(b->decrypt, b->opened, b->message, b->len);
    sha1(b, b->opened);
}

static double
cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* How long one act takes, in nanoseconds, by the mean of @p times. */
static double
run(struct bench *b, step *act, int times)
{
    double began = cpu_ns();
    int i;

    for (i = 0; i < times; i++)
        act(b);
    return (cpu_ns() - began) / times;
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *runs)
{
    qsort(runs, RUNS, sizeof(*runs), by_size);
    return runs[RUNS / 2];
}

static const struct {
    const char *name;
    step *prepare, *ours, *theirs;
} acts[] = {
    {"wrap, confidential", wrap, wrap, libcrypto_seal},
    {"unwrap, confidential", wrap, unwrap, libcrypto_unseal},
    {"wrap, integrity", wrap_integrity, wrap_integrity, libcrypto_mac},
    {"unwrap, integrity", wrap_integrity, unwrap, libcrypto_mac},
    {"get_mic", get_mic, get_mic, libcrypto_mac},
    {"verify_mic", get_mic, verify_mic, libcrypto_mac},
};

static void
measure(struct bench *b, size_t which)
{
    double ours[RUNS], theirs[RUNS], our_ns, their_ns;
    int times, i;

    acts[which].prepare(b);
    times = 1 + (int)(RUN_NS / run(b, acts[which].ours, 3));
    for (i = 0; i < RUNS; i++) {
        ours[i] = run(b, acts[which].ours, times);
        theirs[i] = run(b, acts[which].theirs, times);
    }
    our_ns = median(ours);
    their_ns = median(theirs);
    printf("%-22s %8zu %12.2f %12.2f %10.0f %8.0f %%\n", acts[which].name,
           b->len, our_ns / 1e3, their_ns / 1e3, (double)b->len * 1e3 / our_ns,
           100 * their_ns / our_ns);
}

static void
set_up(struct bench *b)
{
    uint8_t key[RFC4121_KEY_LEN] = "a key for speed";

    b->message = calloc(1, LONGEST);
    b->token = calloc(1, rfc4121_wrap_len(true, LONGEST));
    b->opened = calloc(1, rfc4121_wrap_len(true, LONGEST));
    b->encrypt = EVP_CIPHER_CTX_new();
    b->decrypt = EVP_CIPHER_CTX_new();
    b->sha1 = EVP_MD_CTX_new();
    check(b->message != NULL && b->token != NULL && b->opened != NULL &&
          b->encrypt != NULL && b->decrypt != NULL && b->sha1 != NULL);
    check(rfc4121_new(key, RFC4121_INITIATOR, true, true, random_bytes,
                      &b->sender) == SCRAM_OK &&
          rfc4121_new(key, RFC4121_ACCEPTOR, true, true, random_bytes,
                      &b->receiver) == SCRAM_OK);
    check(EVP_EncryptInit_ex2(b->encrypt, EVP_aes_128_cbc(), key, key, NULL) &&
          EVP_DecryptInit_ex2(b->decrypt, EVP_aes_128_cbc(), key, key, NULL) &&
          EVP_CIPHER_CTX_set_padding(b->encrypt, 0) &&
          EVP_CIPHER_CTX_set_padding(b->decrypt, 0) &&
          EVP_DigestInit_ex(b->sha1, EVP_sha1(), NULL));
}

static void
tear_down(struct bench *b)
{
    rfc4121_free(b->sender);
    rfc4121_free(b->receiver);
    EVP_CIPHER_CTX_free(b->encrypt);
    EVP_CIPHER_CTX_free(b->decrypt);
    EVP_MD_CTX_free(b->sha1);
    free(b->message);
    free(b->token);
    free(b->opened);
}

int
main(void)
{
    static const size_t lens[] = {64, 1024, 16384, LONGEST};
    struct bench b = {0};
    size_t i, which;

    set_up(&b);
    printf("%-22s %8s %12s %12s %10s %10s\n", "", "bytes", "us", "libcrypto us",
           "MB/s", "of libcrypto");
    for (which = 0; which < sizeof(acts) / sizeof(acts[0]); which++) {
        for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
            b.len = lens[i];
            measure(&b, which);
        }
    }
    tear_down(&b);
    return EXIT_SUCCESS;
}
