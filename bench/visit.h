/*
 * One login, of which the server's side is a program's, and the client is
 * played without the library.
 */
#ifndef VISIT_H
#define VISIT_H

#include <gssapi/gssapi.h>

#include "scram/acceptor.h"
#include "scram/initiator.h"

enum visit_way {
    VISIT_LIBRARY,   /* through libgssapi */
    VISIT_MODULE,    /* the module's functions themselves */
    VISIT_ARITHMETIC /* mech/scram alone: no library, no store, no lock */
};

struct visit_calls;

struct visit_server {
    enum visit_way way;
    const struct visit_calls *calls;
    gss_cred_id_t cred;
};

struct visit {
    struct scram_initiator *client;
    uint8_t memory[512];
    gss_buffer_desc to_server;
    gss_buffer_desc to_client;
    gss_ctx_id_t server;
    uint8_t first[SCRAM_SERVER_FIRST_MAX]; /* the server's, without it */
    uint8_t client_first[512];
    size_t client_first_len, first_len;
    uint8_t last[64]; /* its last word */
};

/* Find the functions of a module, of dlopen, for VISIT_MODULE. */
void visit_find_module(void *module);

/*
 * Make a server ready.
 *
 * @param location  of the store that it names; or NULL
 * @param config    of a configuration file that is the process's from then on,
 *                  and by which the server has a credential; or NULL. Without
 *                  either it has GSS_C_NO_CREDENTIAL
 * @param server    release it with visit_server_close
 */
void visit_server_open(enum visit_way way, const char *location,
                       const char *config, struct visit_server *server);
void visit_server_close(struct visit_server *server);

/* A client arrives, with its first token; @p state is of user_random. */
void visit_begin(struct visit *visit, unsigned user, uint64_t *state);

/* The server takes the client's first or second token, which it has to. */
void visit_accept(struct visit *visit, const struct visit_server *server,
                  bool first);

/* The client makes its second token. */
void visit_answer(struct visit *visit, const struct visit_server *server);

/* The client finds that it was let in, and is gone. */
void visit_leave(struct visit *visit, const struct visit_server *server);

/* The server deletes its context. */
void visit_delete(struct visit *visit, const struct visit_server *server);

#endif
