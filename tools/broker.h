/*
 * The command's side of gss-scramd's admin socket (wire/admin.h).
 */
#ifndef BROKER_H
#define BROKER_H

#include "base/sentence.h"
#include "options.h"
#include "wire/admin.h"

struct broker;

/*
 * Connect to the socket that the configuration names, and greet.
 *
 * @param broker  set on SCRAM_OK alone; release it with broker_close
 * @param why     a sentence with the path, and what to do, on failure
 * @return SCRAM_OK, SCRAM_STORE_ABSENT (gss-scramd is not there),
 *         SCRAM_STORE_FORBIDDEN, SCRAM_STORE_FAILED, SCRAM_BAD_CONFIG,
 *         SCRAM_NO_MEMORY
 */
enum scram_status broker_open(struct broker **broker, struct sentence *why);

/*
 * Greet gss-scramd at a socket of its, as a server does, to see whether it
 * answers and would serve this account.
 *
 * @return SCRAM_OK, or why not, with a sentence
 */
enum scram_status broker_try(const char *path, struct sentence *why);

/* Wipe and close it; NULL is none. */
void broker_close(struct broker *broker);

/*
 * Ask.
 *
 * @param answer  set on SCRAM_OK alone, also where gss-scramd refuses: valid
 *                until the next question
 * @return SCRAM_OK, SCRAM_STORE_FAILED, SCRAM_BAD_ARGUMENT for a question that
 *         is too long
 */
enum scram_status broker_ask(struct broker *broker,
                             const struct wire_admin_request *request,
                             struct wire_admin_answer *answer,
                             struct sentence *why);

/* The same, and what gss-scramd answered: its status, and its sentence. */
enum scram_status broker_do(struct broker *broker,
                            const struct wire_admin_request *request,
                            struct wire_admin_answer *answer,
                            struct sentence *why);

/* The commands. */
int broker_status(const struct options *options);
int broker_who(const struct options *options);
int broker_metrics(const struct options *options);
int broker_reload(const struct options *options);
int broker_enable(const struct options *options);
int throttle_list(const struct options *options);
int throttle_show(const struct options *options);
int throttle_clear(const struct options *options);

#endif
