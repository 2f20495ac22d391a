#include "directory/secret.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/libcrypto.h"
#include "base/private_file.h"
#include "base/trace.h"

#define SECRET_MIN 16 /* bytes in the file */

/* machine-id(5): not to be shown to others, so it is hashed, and what comes of
 * that keys an HMAC. Where there is none, the next is good until the machine is
 * started again. */
static const char *const ids[] = {"/etc/machine-id",
                                  "/proc/sys/kernel/random/boot_id"};

static size_t
read_id(uint8_t *id, size_t size)
{
    ssize_t len = 0;
    size_t i;

    for (i = 0; i < sizeof(ids) / sizeof(ids[0]) && len < SECRET_MIN; i++) {
        int fd = open(ids[i], O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            continue;
        len = read(fd, id, size);
        close(fd);
    }
    return len < 0 ? 0 : (size_t)len;
}

static enum scram_status
ldap_secret_make(struct slice material, struct scram_decoys **decoys)
{
    static const char label[] = "gss-scram decoys";
    uint8_t bytes[sizeof(label) + PRIVATE_FILE_MAX];
    struct buffer all = BUFFER_ARRAY(bytes);
    CLEANUP_KEY struct secret_key secret;
    enum scram_status status = SCRAM_CRYPTO_FAILED;
    bool digested = false;

    buffer_put(&all, (struct slice){(const uint8_t *)label, sizeof(label)});
    buffer_put(&all, material);
    if (libcrypto_enter()) {
        digested = EVP_Digest(bytes, all.len, secret.data, NULL, EVP_sha256(),
                              NULL) == 1;
        libcrypto_leave();
    }
    if (digested)
        status = scram_decoys_new(SLICE_ARRAY(secret.data), decoys);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return status;
}

enum scram_status
ldap_secret_decoys(const char *path, struct scram_decoys **decoys,
                   struct sentence *why)
{
    struct secret contents CLEANUP_SECRET = {0};
    uint8_t id[64];
    enum scram_status status = SCRAM_OK;
    struct slice material;

    if (path[0] != '\0') {
        status = private_file_read(path, &contents, why);
        if (status != SCRAM_OK)
            return status;
        material = secret_slice(&contents);
    } else {
        material = (struct slice){id, read_id(id, sizeof(id))};
        if (trace_is_on())
            trace_line(
                "there is no ldap_decoy_key_file: salts of strangers are "
                "made of the machine's id, which all accounts can read");
    }
    if (material.len < SECRET_MIN) {
        sentence_write(
            why,
            "%s has fewer than %d bytes; ldap_decoy_key_file names a "
            "file of as many random ones or more",
            path[0] != '\0' ? path : ids[0], SECRET_MIN);
        return SCRAM_BAD_CONFIG;
    }
    status = ldap_secret_make(material, decoys);
    if (status != SCRAM_OK)
        sentence_write(why, "libcrypto does not compute SHA-256");
    return status;
}
