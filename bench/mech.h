/*
 * The mechanisms that are measured: this one and those that are installed
 * beside it, all through libgssapi. bench/run makes what they need.
 */
#ifndef MECH_H
#define MECH_H

#include <gssapi/gssapi.h>

struct mech {
    const char *name;
    gss_OID_desc oid;
    const char *user;     /* NULL: the default credential */
    const char *password; /* NULL: the default credential of that user */
    const char *target;
    const char *absent; /* a variable that says why it is not there; or NULL */
};

/* A context, from both its ends. */
struct ends {
    gss_ctx_id_t client, server;
};

enum { MECHS = 3 }; /* the first is this project's */
extern const struct mech mechs[MECHS];

/* The credentials of both sides. */
struct creds {
    gss_cred_id_t client, server;
};

/*
 * Acquire them.
 *
 * @param why  the mechanism's words, set on failure; 256 bytes
 */
int mech_acquire(const struct mech *mech, struct creds *creds, char *why);
void mech_release(struct creds *creds);

/* Why a mechanism is not to be measured; NULL if it is. */
const char *mech_absent(const struct mech *mech);

/*
 * Establish a context in this process.
 *
 * @param why  the mechanism's words, set on failure; 256 bytes
 * @return whether it is established; mech_end ends it
 */
int mech_establish(const struct mech *mech, struct ends *ends, char *why);
void mech_end(struct ends *ends);

#endif
