/*
 * One end of a SASL exchange, a client's or a server's, whoever's SCRAM it is:
 * this mechanism's, which Cyrus SASL reaches through its plugin for GS2; Cyrus
 * SASL's own; or GNU SASL's. Ends live in a world (tests/gss/world.h).
 */
#ifndef SASL_END_H
#define SASL_END_H

#include <stdbool.h>
#include <stddef.h>

enum sasl_maker { MODULE, CYRUS, GNU };

enum sasl_state { SASL_GOES_ON, SASL_IS_DONE, SASL_REFUSES };

struct sasl_settings {
    const char *mechanism; /* that the client asks for: "...-PLUS", perhaps */
    const char *offer;     /* more mechanisms of the server's, or NULL */
    const char *user, *password;
    const char *authzid; /* the authorization identity asked for, or NULL */

    /* The type and data of channel bindings; NULL: the end has none. */
    const char *binding, *data;
};

struct sasl_end {
    const struct sasl_settings *settings;
    bool serves;
    enum sasl_state state;
    char token[4096]; /* what it said last, as text */
    size_t len;
    char authid[64], authzid[64]; /* what a server that is done knows */
    int ssf;                      /* bits of a security layer; Cyrus' alone */

    void *library, *connection; /* the maker's */
    void (*step)(struct sasl_end *end, const char *token, size_t len);
    void (*end)(struct sasl_end *end);
};

/*
 * Begin a client with its first token, or a server that waits for it.
 *
 * @param settings  for as long as the end; a server's user and password are
 *                  not used
 */
void sasl_begin(struct sasl_end *end, enum sasl_maker maker, bool serves,
                const struct sasl_settings *settings);

/* Give an end the other's token, which may change its state and makes its own.
 */
void sasl_take(struct sasl_end *end, const char *token, size_t len);

void sasl_end(struct sasl_end *end);

/* The makers' parts of sasl_begin. A program has one Cyrus client and one Cyrus
 * server at most, as the library loads its plugins once. */
void sasl_begin_cyrus(struct sasl_end *end, enum sasl_maker maker);
void sasl_begin_gnu(struct sasl_end *end);

/* Keep a token; it must fit. */
void sasl_say(struct sasl_end *end, const char *token, size_t len);

/* The users of servers that are not this mechanism's: alice's password. */
#define SASL_ALICES_PASSWORD "wonderland"

#endif
