/*
 * A world for one test program: a temporary folder with a mechanism file that
 * names the module just built, a configuration and a store of a few users; and
 * what every test of a handshake needs. Everything goes through libgssapi, as
 * any application would.
 */
#ifndef WORLD_H
#define WORLD_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_scram.h>
#include <stdbool.h>

#include "../unit/unit.h"
#include "store/store.h"

/* The kinds of store in which a test finds or makes users. */
#define WORLD_KINDS STORE_KINDS(&store_file_writer)

extern gss_OID_desc sha_256, sha_1;

/*
 * Make the folder, and set the environment that libgssapi and the module read.
 * Called by world_run; the folder is removed when the program ends.
 */
void world_make(void);
void world_remove(void);

/* The path of a file in the folder; valid until the fourth call after. */
const char *world_path(const char *name);

/* The location of the store: "file:...". */
const char *world_store(void);

/* The location of another, in a file of that name in the folder; valid until
 * the next call. */
const char *world_store_at(const char *name);

/* Write a file into the folder, "scram.conf" above all. */
void world_write(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The groups of carol, whose password is heart. */
#define WORLD_GROUPS "web,Domain Users,gr\303\274n"

/* Put a user into the store, with 4096 iterations. */
void world_add_user(const char *user, const char *password,
                    enum scram_mechanism mechanism, bool enabled);

/* Give a user a password in a store, which is made where there is none. */
void world_set_password(const char *location, const char *user,
                        const char *password);

/* Wait until a file has been as it is for more than two seconds: then what was
 * read of it may be kept (a clock's tick no longer hides a change). */
void world_let_settle(const char *path);

/* unit_run in a world. */
int world_run(const char *name, void (*add)(TCase *tests), double timeout);

/* A name, which must be importable. */
gss_name_t name_of(const char *text, gss_OID type);

/* A credential of a user's, or an acceptor's; the calls must succeed. */
gss_cred_id_t user_cred(const char *user, const char *password, gss_OID mech);
gss_cred_id_t server_cred(gss_OID mech);

/* One handshake, step by step. */
struct handshake {
    gss_OID mech;
    const char *target; /* whom the client calls */
    gss_cred_id_t client_cred, server_cred;
    gss_channel_bindings_t client_bindings, server_bindings;
    gss_ctx_id_t client, server;
    OM_uint32 client_major, client_minor, server_major, server_minor;
    OM_uint32 client_flags, server_flags;
    gss_name_t user; /* what the server learns */
    gss_buffer_desc to_server, to_client;
};

/* Begin with credentials for @p user (NULL: the caller sets them). */
void handshake_begin(struct handshake *h, gss_OID mech, const char *user,
                     const char *password);

/* One call of gss_init_sec_context with to_client, which makes to_server; and
 * one of gss_accept_sec_context the other way round. */
OM_uint32 client_step(struct handshake *h);
OM_uint32 server_step(struct handshake *h);

/* Give the server a token of one's own. */
OM_uint32 server_take(struct handshake *h, const void *token, size_t len);
OM_uint32 client_take(struct handshake *h, const char *token);

/* Go on until neither side wants more, or one of them fails. */
void handshake_run(struct handshake *h);
bool handshake_is_complete(const struct handshake *h);
void handshake_end(struct handshake *h);

/* The sentence of a minor code, in static memory. */
const char *sentence_of(OM_uint32 minor, gss_OID mech);

/* Whether a buffer holds exactly that text. */
bool buffer_is(gss_buffer_t buffer, const char *text);

#endif
