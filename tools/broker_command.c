/*
 * What "gss-scram broker" says and does, but for "enable"; and "gss-scram
 * throttle".
 */
#include <stdio.h>

#include "base/account.h"
#include "broker.h"
#include "command.h"
#include "report.h"
#include "text.h"

/* Print what gss-scramd says in lines, part by part; *lines is how many. */
static int
print(enum wire_admin_op op, struct slice user, uint64_t *lines)
{
    struct wire_admin_request request = {.op = op, .user = user};
    struct wire_admin_answer answer;
    struct broker *broker = NULL;
    struct sentence why = {""};
    enum scram_status status = broker_open(&broker, &why);
    bool more = true;
    size_t i;

    while (status == SCRAM_OK && more) {
        status = broker_do(broker, &request, &answer, &why);
        if (status != SCRAM_OK)
            break;
        fwrite(answer.text.data, 1, answer.text.len, stdout);
        for (i = 0; i < answer.text.len; i++)
            request.number += answer.text.data[i] == '\n';
        more = (answer.flags & WIRE_MORE) != 0 && answer.text.len > 0;
    }
    broker_close(broker);
    *lines = request.number;
    return status == SCRAM_OK ? EXIT_DONE : report_failure(status, &why);
}

/* The same of a user; @p nothing is said where there is no line. */
static int
print_of(enum wire_admin_op op, const char *name, const char *nothing)
{
    uint8_t memory[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(memory);
    uint64_t lines;
    int status;

    if (scram_prepare_user(slice_of(name), &user) != SCRAM_OK) {
        report("%s cannot be a user's name: it is empty, longer than %d bytes, "
               "or SASLprep (RFC 4013) refuses it",
               text_quote(slice_of(name)).text, SCRAM_USER_MAX);
        return EXIT_REFUSED;
    }
    status = print(op, buffer_slice(&user), &lines);
    if (status == EXIT_DONE && lines == 0)
        printf("%s: %s\n", text_show(buffer_slice(&user)).text, nothing);
    return status;
}

int
throttle_list(const struct options *options)
{
    uint64_t lines;

    (void)options;
    return print(WIRE_ADMIN_THROTTLE_LIST, SLICE(""), &lines);
}

int
throttle_show(const struct options *options)
{
    return print_of(WIRE_ADMIN_THROTTLE_SHOW, options->operands[0],
                    "no wrong password is counted");
}

int
throttle_clear(const struct options *options)
{
    return print_of(WIRE_ADMIN_THROTTLE_CLEAR, options->operands[0],
                    "no wrong password was counted");
}

int
broker_status(const struct options *options)
{
    uint64_t lines;

    (void)options;
    return print(WIRE_ADMIN_STATUS, SLICE(""), &lines);
}

int
broker_metrics(const struct options *options)
{
    uint64_t lines;

    (void)options;
    return print(WIRE_ADMIN_METRICS, SLICE(""), &lines);
}

int
broker_who(const struct options *options)
{
    const char *account = options->operands[0];
    struct wire_admin_request request = {.op = WIRE_ADMIN_WHO};
    struct wire_admin_answer answer;
    struct broker *broker = NULL;
    struct sentence why = {""};
    enum scram_status status;
    uid_t uid;

    if (account_uid(account, &uid) != 0) {
        report("there is no account %s", text_quote(slice_of(account)).text);
        return EXIT_REFUSED;
    }
    request.number = uid;
    status = broker_open(&broker, &why);
    if (status == SCRAM_OK)
        status = broker_ask(broker, &request, &answer, &why);
    if (status != SCRAM_OK) {
        broker_close(broker);
        return report_failure(status, &why);
    }
    if (answer.status == SCRAM_OK)
        printf("%s is served from %.*s\n", account, (int)answer.text.len,
               (const char *)answer.text.data);
    else
        report("%s is not served: %.*s", account, (int)answer.sentence.len,
               (const char *)answer.sentence.data);
    status = answer.status;
    broker_close(broker);
    return status == SCRAM_OK ? EXIT_DONE : EXIT_REFUSED;
}

int
broker_reload(const struct options *options)
{
    const struct wire_admin_request request = {.op = WIRE_ADMIN_RELOAD};
    struct wire_admin_answer answer;
    struct broker *broker = NULL;
    struct sentence why = {""};
    enum scram_status status = broker_open(&broker, &why);

    (void)options;
    if (status == SCRAM_OK)
        status = broker_do(broker, &request, &answer, &why);
    broker_close(broker);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    printf("gss-scramd has read its configuration, which holds from now on\n");
    return EXIT_DONE;
}
