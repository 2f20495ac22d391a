/*
 * A login at one of its two requests, FIRST and FINAL (wire/message.h): what is
 * asked of the store, and what is done with the answer. Where the store is a
 * directory, a worker asks it; all else is the serving thread's.
 */
#ifndef DAEMON_LOGIN_H
#define DAEMON_LOGIN_H

#include "daemon/exchange.h"
#include "daemon/workers.h"
#include "wire/message.h"

struct login {
    struct workers_job job; /* first; where a worker asks */
    struct exchange *exchange;
    struct connection *connection; /* likewise */
    struct login *next;            /* of those that wait for a token */
    size_t len;                    /* of the request, which is behind it */
    struct peer peer;
    struct verify_service *service; /* NULL: there is none */
    bool is_final;
    struct wire_first first;
    struct wire_final final;
    /* What comes of it; user is both's. */
    enum scram_status status;
    struct sentence why;
    struct verify_challenge challenge;
    struct verify_answer answer;
    bool has_token;
    struct throttle_token token;
    uint8_t user[SCRAM_USER_MAX];
    uint8_t groups[GROUPS_TEXT_MAX];
    uint8_t said[SCRAM_SERVER_FIRST_MAX > SCRAM_SERVER_FINAL_MAX
                     ? SCRAM_SERVER_FIRST_MAX
                     : SCRAM_SERVER_FINAL_MAX];
};

/* request_op: take one of the two, and refuse it. */
enum request_end login_take_first(void *data, struct request *request,
                                  bool *greeted);
enum request_end login_take_final(void *data, struct request *request,
                                  bool *greeted);
void login_refuse_first(enum scram_status status, const char *sentence,
                        struct buffer *answer);
void login_refuse_final(enum scram_status status, const char *sentence,
                        struct buffer *answer);

/* Read the request, which stays where it is; false where it is malformed. */
bool login_parse(struct login *login, struct slice message);

/* Make room in the login for what comes of it. */
void login_prepare(struct login *login);

/* Take a token for a guess, unless there is one: SCRAM_OK, SCRAM_THROTTLED,
 * SCRAM_NO_RESOURCES while other logins have those that there are, or what is
 * wrong with the user's name. */
enum scram_status login_take_token(struct login *login);

/* Spend the token, or give it back, by the login's status. */
void login_settle_token(struct login *login);

/* Ask the store; by any thread. */
void login_ask(struct login *login);

/* Write down what came of the login, and answer its request. */
void login_end(struct login *login, struct buffer *answer);

/* Count a login that is decided, and write it down. */
void login_decide(const struct login *login, const uint8_t *id,
                  struct slice user, const char *why,
                  enum metrics_outcome outcome);

/*
 * Have a worker ask the directory, once there is a token, and answer then.
 *
 * @param begun  copied; it has no token yet, as that stays where it is taken
 * @param wait   milliseconds that it may take
 */
enum request_end login_hand_over(struct login *begun, struct request *request,
                                 uint32_t wait);

#endif
