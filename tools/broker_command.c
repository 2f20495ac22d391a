/*
 * What "gss-scram broker" says and does, but for "enable".
 */
#include <stdio.h>

#include "broker.h"
#include "command.h"
#include "report.h"

/* Print what gss-scramd says in lines, part by part. */
static int
print(enum wire_admin_op op)
{
    struct wire_admin_request request = {.op = op};
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
    return status == SCRAM_OK ? EXIT_DONE : report_failure(status, &why);
}

int
broker_status(const struct options *options)
{
    (void)options;
    return print(WIRE_ADMIN_STATUS);
}

int
broker_metrics(const struct options *options)
{
    (void)options;
    return print(WIRE_ADMIN_METRICS);
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
