#include "classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "base/base64.h"

void
make_secret(const void *bytes, size_t len)
{
    VALGRIND_MAKE_MEM_UNDEFINED(bytes, len);
}

void
declassify(const void *bytes, size_t len)
{
    VALGRIND_MAKE_MEM_DEFINED(bytes, len);
}

void
must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "constant_time: %s\n", what);
    exit(EXIT_FAILURE);
}

/*
 * Declassified: whether two secrets are equal (base/secret.h, secret_equal). It
 * is the outcome of the exchange or of a message, and the peer is told. Of a
 * text in base64 it is whether it is one, and whether it ends in '='; of a
 * password, whether it is all of printable ASCII; of a record in gss-scramd's
 * store, whether it is as it was written.
 */
int __real_CRYPTO_memcmp(const void *a, const void *b, size_t len);
int __wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len);
int
__wrap_CRYPTO_memcmp(const void *a, const void *b, size_t len)
{
    int difference = __real_CRYPTO_memcmp(a, b, len);

    declassify(&difference, sizeof(difference));
    return difference;
}

/* What a side takes out of a message, or of a file, that is as long as a hash
 * is a secret: ClientProof, ServerSignature, StoredKey. */
bool __real_base64_decode(struct slice text, struct buffer *bytes);
bool __wrap_base64_decode(struct slice text, struct buffer *bytes);
bool
__wrap_base64_decode(struct slice text, struct buffer *bytes)
{
    size_t start = bytes->len;
    bool good = __real_base64_decode(text, bytes);

    if (good && (bytes->len - start == 32 || bytes->len - start == 20))
        make_secret(bytes->data + start, bytes->len - start);
    return good;
}

int
classified_main(const struct classified_case *cases, size_t count, int argc,
                char **argv)
{
    size_t i;

    must(RUNNING_ON_VALGRIND != 0, "only valgrind can tell");
    for (i = 0; argc == 2 && i < count; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return EXIT_SUCCESS;
        }
    }
    must(false, "no such case");
    return EXIT_FAILURE;
}
