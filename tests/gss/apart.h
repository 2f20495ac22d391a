/*
 * A piece of a test in a process of its own, which may close what it likes,
 * take limits upon itself and be killed. From then on nothing of it speaks to
 * Check, which writes to a file of its own at every assertion: what went wrong
 * comes back as a sentence.
 */
#ifndef APART_H
#define APART_H

#include "world.h"

/*
 * What a piece does.
 *
 * @return what went wrong, or NULL
 */
typedef const char *apart_work(void *data);

/* Run it in a child; fails the test where it went wrong or was killed. */
void apart_run(apart_work *work, void *data);

/* Write the sentence that a piece returns. */
const char *apart_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The name that clients call, made before a piece runs. */
gss_name_t apart_target(void);

/* One login, without a word to Check. */
bool apart_login(gss_cred_id_t client, gss_cred_id_t server);

/* An acceptor's credential, or GSS_C_NO_CREDENTIAL where there is none. */
gss_cred_id_t apart_server_cred(void);

/*
 * Logins until one succeeds, or until one does not: false after half a minute
 * in which none did.
 */
bool apart_login_until(gss_cred_id_t client, gss_cred_id_t server, bool in);

/* Put a user into the world's store, in a process of its own. */
bool apart_add_user(const char *user, const char *password);

#endif
