/*
 * What the tests with a credentials file share: writing one, and who a context
 * begins as. And how often PBKDF2 runs: the module calls the function that it
 * finds first, which is this one.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "world.h"

#define LOGIN(target, user, password)                                          \
    "[" target "]\nuser = " user "\npassword = " password "\n"

static atomic_int derivations;

int
PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt,
                  int saltlen, int iter, const EVP_MD *digest, int keylen,
                  unsigned char *out)
{
    int (*next)(const char *, int, const unsigned char *, int, int,
                const EVP_MD *, int, unsigned char *);

    *(void **)&next = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");
    derivations += iter > 1; /* with one, crypto_prepare calls it */
    return next(pass, passlen, salt, saltlen, iter, digest, keylen, out);
}

/* The account's own credentials file, or another in the world's folder. */
static inline void
credentials_file(const char *name, const char *text)
{
    remove(world_path(name));
    world_write(name, "%s", text);
    ck_assert_int_eq(chmod(world_path(name), 0600), 0);
}

/* gss_acquire_cred_from with up to two elements; the unused key is NULL. */
static inline OM_uint32
acquire_from(OM_uint32 *minor, const char *user, gss_cred_usage_t usage,
             const gss_key_value_element_desc *elements, OM_uint32 count,
             gss_cred_id_t *cred)
{
    gss_key_value_set_desc store = {count, (void *)(uintptr_t)elements};
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_name_t name =
        user == NULL ? GSS_C_NO_NAME : name_of(user, GSS_C_NT_USER_NAME);
    OM_uint32 major, ignored;

    major = gss_acquire_cred_from(minor, name, 0, &mechs, usage,
                                  count == 0 ? NULL : &store, cred, NULL, NULL);
    gss_release_name(&ignored, &name);
    return major;
}

static inline OM_uint32
acquire(OM_uint32 *minor, const char *user, gss_cred_id_t *cred)
{
    return acquire_from(minor, user, GSS_C_INITIATE, NULL, 0, cred);
}

/* The first leg towards a target; @p user is set to the name in its token. */
static inline OM_uint32
begin_as(OM_uint32 *minor, gss_cred_id_t cred, const char *target, char *user)
{
    gss_name_t name = name_of(target, GSS_C_NT_HOSTBASED_SERVICE);
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token;
    OM_uint32 major, ignored;
    const char *n;

    major =
        gss_init_sec_context(minor, cred, &context, name, &sha_256, 0, 0, NULL,
                             GSS_C_NO_BUFFER, NULL, &token, NULL, NULL);
    user[0] = '\0';
    if (major == GSS_S_CONTINUE_NEEDED) {
        n = memmem(token.value, token.length, "n=", 2);
        sscanf(n, "n=%63[^,]", user);
    }
    gss_release_buffer(&ignored, &token);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    gss_release_name(&ignored, &name);
    return major;
}

static inline void
assert_begins_as(gss_cred_id_t cred, const char *target, const char *wanted)
{
    char user[64];
    OM_uint32 minor, major = begin_as(&minor, cred, target, user);

    ck_assert_msg(major == GSS_S_CONTINUE_NEEDED, "%s",
                  sentence_of(minor, &sha_256));
    ck_assert_str_eq(user, wanted);
}

/* A whole handshake, which must succeed as that user. */
static inline void
assert_logs_in_to(gss_cred_id_t cred, const char *target, const char *wanted)
{
    struct handshake h;
    gss_buffer_desc text;
    OM_uint32 minor;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.target = target;
    h.client_cred = cred;
    h.server_cred = server_cred(&sha_256);
    handshake_run(&h);
    ck_assert_msg(handshake_is_complete(&h), "%s",
                  sentence_of(h.client_minor, &sha_256));
    ck_assert_uint_eq(gss_display_name(&minor, h.user, &text, NULL),
                      GSS_S_COMPLETE);
    ck_assert(buffer_is(&text, wanted));
    gss_release_buffer(&minor, &text);
    h.client_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
}

static inline void
assert_logs_in(gss_cred_id_t cred, const char *wanted)
{
    assert_logs_in_to(cred, "host@server", wanted);
}

/* The name that a credential tells. */
static inline void
assert_tells(gss_cred_id_t cred, const char *wanted)
{
    gss_buffer_desc text;
    gss_name_t name;
    OM_uint32 minor;

    ck_assert_uint_eq(gss_inquire_cred_by_mech(&minor, cred, &sha_256, &name,
                                               NULL, NULL, NULL),
                      GSS_S_COMPLETE);
    gss_display_name(&minor, name, &text, NULL);
    ck_assert_msg(buffer_is(&text, wanted), "%.*s is not %s", (int)text.length,
                  (char *)text.value, wanted);
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
}

#endif
