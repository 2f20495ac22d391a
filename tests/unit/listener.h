/*
 * A server on loopback, in a thread of the test's, that is asked over LDAP and
 * knows nobody or one user, or does not even speak LDAP.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdatomic.h>

enum listener_kind {
    LISTENER_EMPTY,    /* answers each search: nobody is there */
    LISTENER_HASTY,    /* the same, and closes the connection after an answer */
    LISTENER_USER,     /* finds an entry with a verifier */
    LISTENER_SILENT,   /* takes a connection and says nothing */
    LISTENER_RESET,    /* takes a connection and resets it */
    LISTENER_RUBBISH,  /* says what is not LDAP */
    LISTENER_TRICKLE,  /* says it byte by byte, and never comes to an end */
    LISTENER_RAMBLING, /* answers with references to others, without an end */
    LISTENER_PAGES,    /* finds an entry a page, of three pages (RFC 2696) */
    LISTENER_LEAVING,  /* finds an entry, and closes the connection */
    LISTENER_REFERRING, /* refers each search to another server */
    LISTENER_CROWDED,   /* finds an entry with very many values */
    LISTENER_TWINS,     /* finds two entries, of no more than it may */
    LISTENER_FRAGMENTS, /* takes up TLS, and comes to no end of it */
    LISTENER_HUGE,      /* announces a message of 2 GiB */
    LISTENER_STOPPED    /* takes no connection */
};

struct listener {
    enum listener_kind kind;
    int fd;
    char url[64]; /* "ldap://127.0.0.1:..." */
    atomic_uint connections, questions;
    const char *refers_to;       /* of LISTENER_REFERRING: an LDAP URL */
    const char *user, *verifier; /* of LISTENER_USER: uid and authPassword */
    /* Called for each search, before it is answered; or NULL. */
    void (*_Atomic before)(void);
};

/* Start one; it goes on for as long as the process does, as it must. */
void listener_start(struct listener *listener, enum listener_kind kind);

#endif
