/*
 * gss-scram-agent as a process of a test's own, and a program that asks it,
 * message by message and without the module, so that it can also say what the
 * module never would; and a server, which knows what it likes.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <sys/types.h>

#include "../unit/stores.h"
#include "scram/keys.h"
#include "wire/agent.h"

struct agent_process {
    pid_t pid;
    char folder[108]; /* XDG_RUNTIME_DIR */
    char path[160];   /* of the socket */
    char output[160], debug[160];
    const char *config;  /* its scram.conf; NULL: an empty one */
    int (*before)(void); /* called by the process before it is the agent */
};

/* Start one, and wait until it serves. @p name tells a test's several ones from
 * each other. */
void agent_start(struct agent_process *agent, const char *name);

/* Have it end, which it has to do by itself. */
void agent_stop(struct agent_process *agent);

/* What it says, or shows; valid until the next call. */
const char *agent_said(const struct agent_process *agent);
const char *agent_shown(const struct agent_process *agent);

#define PROGRAM_ENDED (-1) /* in the place of a status: the connection has */

struct text {
    char bytes[20000];
    size_t len;
};

struct program {
    int fd;
    uint8_t answer[WIRE_MESSAGE_MAX]; /* the last one */
    char sentence[WIRE_SENTENCE_MAX + 1];
    /* A login, of which a test may change anything. */
    uint8_t mechanism;
    struct text target, user, nonce, seal, client_first, server_first,
        without_proof, signed_seal, server_final;
    uint32_t left;
    bool bound;
    unsigned working; /* how often it was said */
    uint8_t proof[WIRE_PROOF_MAX];
    size_t proof_len;
    uint8_t session_key[WIRE_SESSION_KEY_LEN];
    char error[64];
};

void text_set(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Connect and greet. */
void program_begin(struct program *program, const struct agent_process *agent);
void program_end(struct program *program);

/* Send a message as it stands, and take an answer; what it is, or nothing where
 * the connection has ended. */
struct slice program_ask(struct program *program, struct slice message);

/* Keep a password for a time and any count; and with everything said. All
 * return a status, or PROGRAM_ENDED. */
int program_keep(struct program *program, const char *target, const char *user,
                 const char *password);
int program_keep_all(struct program *program, const struct wire_keep *keep);
int program_forget(struct program *program, const char *target,
                   const char *user, uint32_t *count);
int program_list(struct program *program, uint32_t index,
                 struct wire_listed *listed);

/* The three requests of a login. A choice sets the first message, too. */
int program_choose(struct program *program, const char *target,
                   const char *user);
int program_sign(struct program *program);
int program_verify(struct program *program);

/* Have the server answer the first message, and the client that. */
void server_first(struct program *program, const char *salt,
                  uint32_t iterations);

/* Choose, have a server ask with 4096 iterations, and sign. */
int program_log_in(struct program *program, const char *target,
                   const char *user, const char *salt);

/* What a server with that password says of the proof, and what it is to be; and
 * its last message. */
struct expected {
    struct scram_keys keys;
    struct secret_key salted, proof, server_signature;
    uint8_t session_key[16];
};
void server_expect(const struct program *program, const char *password,
                   const char *salt, uint32_t iterations,
                   struct expected *expected);
void server_final(struct program *program, const struct expected *expected);

#endif
