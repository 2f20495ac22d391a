#include "login_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/credentials.h"
#include "command.h"
#include "report.h"
#include "scram/verifier.h"
#include "text.h"

/* A login, wherever it is kept. */
struct row {
    uint8_t user[SCRAM_USER_MAX];
    uint8_t server[WIRE_TARGET_MAX];
    size_t user_len, server_len;
    bool in_agent;
    enum scram_mechanism
        mechanism;           /* of the agent's, as bound, used, refused */
    uint32_t left;           /* seconds */
    uint32_t min_iterations; /* 0: the account's */
    uint32_t used;
    bool bound;
    bool refused;
};

struct rows {
    struct row *of; /* owned */
    size_t count;
};

static void
rows_free(struct rows *rows)
{
    free(rows->of);
}

#define CLEANUP_ROWS __attribute__((cleanup(rows_free)))

static enum scram_status
rows_add(struct rows *rows, struct row row, struct slice user,
         struct slice server)
{
    struct row *more;
    struct buffer u = BUFFER_ARRAY(row.user), s = BUFFER_ARRAY(row.server);

    more = realloc(rows->of, (rows->count + 1) * sizeof(*more));
    if (more == NULL)
        return SCRAM_NO_MEMORY;
    rows->of = more;
    buffer_put(&u, user);
    buffer_put(&s, server);
    row.user_len = u.len;
    row.server_len = s.len;
    more[rows->count++] = row;
    return SCRAM_OK;
}

static struct slice
row_user(const struct row *row)
{
    return (struct slice){row->user, row->user_len};
}

static struct slice
row_server(const struct row *row)
{
    return (struct slice){row->server, row->server_len};
}

/* agent_visit */
static enum scram_status
add_of_agent(void *data, const struct wire_listed *login)
{
    const struct row row = {.in_agent = true,
                            .mechanism = (enum scram_mechanism)login->mechanism,
                            .left = login->left,
                            .min_iterations = login->min_iterations,
                            .used = login->used,
                            .bound = login->bound,
                            .refused = login->refused};

    return rows_add(data, row, login->user, login->target);
}

static enum scram_status
add_of_file(struct rows *rows, const char *path, struct sentence *why)
{
    struct credentials found CLEANUP_CREDENTIALS = {.count = 0};
    enum scram_status status = credentials_read(path, &found, why);
    size_t i;

    for (i = 0; status == SCRAM_OK && i < found.count; i++) {
        const struct credentials_entry *e = found.entries + i;
        const struct row row = {.mechanism = SCRAM_SHA_256,
                                .left = WIRE_FOREVER,
                                .min_iterations = e->min_iterations};

        status = rows_add(rows, row, e->user, e->target);
    }
    return status;
}

void
login_left(uint32_t left, char *text)
{
    static const struct {
        uint32_t seconds;
        char name;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    uint32_t less;
    size_t i = 0;

    if (left == WIRE_FOREVER) {
        snprintf(text, LOGIN_LEFT_MAX, "forever");
        return;
    }
    while (i < 3 && left < units[i].seconds)
        i++;
    /* And what is left in the next smaller unit. */
    less = i < 3 ? left % units[i].seconds / units[i + 1].seconds : 0;
    if (less == 0)
        snprintf(text, LOGIN_LEFT_MAX, "%u%c",
                 (unsigned)(left / units[i].seconds), units[i].name);
    else
        snprintf(text, LOGIN_LEFT_MAX, "%u%c %u%c",
                 (unsigned)(left / units[i].seconds), units[i].name,
                 (unsigned)less, units[i + 1].name);
}

/* Text, and blanks up to a width in columns. */
static void
write_column(const char *text, size_t width)
{
    printf("%s%*s  ", text, (int)(width - text_width(text)), "");
}

static void
login_list_row_write(const struct row *row, size_t user_width,
                     size_t server_width)
{
    char left[LOGIN_LEFT_MAX];

    login_left(row->left, left);
    write_column(text_show(row_user(row)).text, user_width);
    write_column(text_show(row_server(row)).text, server_width);
    printf("%-7s  %s", left, row->in_agent ? "agent" : "file");
    if (row->mechanism != SCRAM_SHA_256)
        printf("; %s", scram_mechanism_name(row->mechanism));
    if (row->bound)
        printf("; with channel bindings alone");
    if (row->refused)
        printf("; REFUSED by a server, log in again");
    putchar('\n');
}

static void
rows_write(const struct rows *rows)
{
    size_t user_width = strlen("USER"), server_width = strlen("SERVER");
    size_t i, w;

    for (i = 0; i < rows->count; i++) {
        w = text_width(text_show(row_user(rows->of + i)).text);
        user_width = w > user_width ? w : user_width;
        w = text_width(text_show(row_server(rows->of + i)).text);
        server_width = w > server_width ? w : server_width;
    }
    write_column("USER", user_width);
    write_column("SERVER", server_width);
    puts("LEFT     FROM");
    for (i = 0; i < rows->count; i++)
        login_list_row_write(rows->of + i, user_width, server_width);
}

/* A number, or null where it is @p none. */
static void
number_write_json(const char *name, uint32_t number, uint32_t none)
{
    if (number == none)
        printf(", \"%s\": null", name);
    else
        printf(", \"%s\": %u", name, (unsigned)number);
}

static void
login_list_row_write_json(const struct row *row)
{
    fputs("{\"user\": ", stdout);
    text_write_json(row_user(row), stdout);
    fputs(", \"server\": ", stdout);
    text_write_json(row_server(row), stdout);
    printf(", \"from\": \"%s\"", row->in_agent ? "agent" : "file");
    number_write_json("left", row->left, WIRE_FOREVER);
    number_write_json("min_iterations", row->min_iterations, 0);
    if (row->in_agent)
        printf(", \"mechanism\": \"%s\", \"bound\": %s, \"used\": %u, "
               "\"refused\": %s",
               scram_mechanism_name(row->mechanism),
               row->bound ? "true" : "false", (unsigned)row->used,
               row->refused ? "true" : "false");
    putchar('}');
}

static void
rows_write_json(const struct rows *rows)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        fputs(i == 0 ? "[\n" : ",\n", stdout);
        login_list_row_write_json(rows->of + i);
    }
    puts(rows->count == 0 ? "[]" : "\n]");
}

int
login_list(const char *path, bool json)
{
    struct rows rows CLEANUP_ROWS = {0};
    struct sentence agent_why = {""}, file_why = {""};
    enum scram_status agent = agent_list(add_of_agent, &rows, &agent_why);
    enum scram_status file = SCRAM_OK;
    int code = EXIT_DONE;

    if (path[0] != '\0')
        file = add_of_file(&rows, path, &file_why);
    if (json)
        rows_write_json(&rows);
    else if (rows.count != 0)
        rows_write(&rows);
    fflush(stdout);
    /* What can be listed is; that there is no agent is no failure. */
    if (agent != SCRAM_OK && agent != SCRAM_AGENT_GONE)
        code = report_failure(agent, &agent_why);
    if (file != SCRAM_OK)
        code = report_failure(file, &file_why);
    if (code != EXIT_DONE || rows.count != 0 || json)
        return code;
    if (agent == SCRAM_AGENT_GONE)
        report("there is no login%s%s, and %s", path[0] != '\0' ? " in " : "",
               path, agent_why.text);
    else
        report("there is no login in gss-scram-agent%s%s",
               path[0] != '\0' ? ", and none in " : "", path);
    return EXIT_DONE;
}
