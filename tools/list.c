#include <time.h>

#include "base/date.h"
#include "broker_store.h"
#include "command.h"
#include "report.h"
#include "row.h"
#include "target.h"
#include "user.h"

#define STATE_WIDTH 16    /* columns, with those behind it */
#define NAME_WIDTH_MAX 40 /* columns; a wider name shifts what is after it */

struct list {
    const struct options *options;
    uint64_t now; /* seconds of UTC */
    bool json;
    bool measures;  /* how wide names are; nothing is written */
    size_t width;   /* of the column of names */
    size_t users;   /* written so far */
    struct row row; /* not written yet */
};

/* Write a line of the table; names may hold characters of any width. */
static void
line_write(const char *user, size_t width, const char *mechanisms,
           const char *iterations, const char *changed, const char *expires,
           const char *state, const char *groups)
{
    size_t used = text_width(user);

    printf("%s%*s  %-25s  %-15s  %-10s  %-10s  %-*s%s\n", user,
           used < width ? (int)(width - used) : 0, "", mechanisms, iterations,
           changed, expires, groups[0] == '\0' ? 0 : STATE_WIDTH, state,
           groups);
}

static void
list_row_write(const struct row *row, size_t width)
{
    char mechanisms[64] = "", iterations[64] = "";
    size_t m_len = 0, i_len = 0;
    const char *before = "";
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (!row->of[m].there)
            continue;
        m_len += (size_t)snprintf(
            mechanisms + m_len, sizeof(mechanisms) - m_len, "%s%s", before,
            scram_mechanism_name((enum scram_mechanism)m));
        i_len +=
            (size_t)snprintf(iterations + i_len, sizeof(iterations) - i_len,
                             "%s%u", before, (unsigned)row->of[m].iterations);
        before = ",";
    }
    line_write(text_show(row_user(row)).text, width, mechanisms, iterations,
               date_write(row_changed(row)).text,
               date_write_last(row_expires(row)).text, row_state(row),
               text_show(row_groups(row)).text);
}

/* Whether a user is one of those who were asked for. */
static bool
list_wants(const struct list *list)
{
    const struct options *options = list->options;
    uint64_t changed = row_changed(&list->row);
    bool fewer = options->iterations_below == 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        fewer =
            fewer || (list->row.of[m].there &&
                      list->row.of[m].iterations < options->iterations_below);
    return fewer &&
           (options->older_than == 0 || changed == 0 ||
            changed + options->older_than * UINT64_C(86400) <= list->now);
}

static void
list_measure(struct list *list)
{
    size_t width = text_width(text_show(row_user(&list->row)).text);

    if (width > list->width)
        list->width = width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX;
}

/* Write, or measure, the user whose verifiers have all been seen. */
static void
list_write(struct list *list)
{
    bool wanted = list->row.user_len != 0 && list_wants(list);

    if (wanted && list->measures)
        list_measure(list);
    if (!wanted || list->measures) {
        list->row.user_len = 0;
        return;
    }
    if (list->json) {
        fputs(list->users == 0 ? "[\n" : ",\n", stdout);
        row_write_json(&list->row);
    } else {
        if (list->users == 0)
            line_write("USER", list->width, "MECHANISMS", "ITERATIONS",
                       "CHANGED", "EXPIRES", "STATE", "GROUPS");
        list_row_write(&list->row, list->width);
    }
    list->users++;
    list->row.user_len = 0;
}

/* The store's order brings one user's verifiers one after another. */
static enum scram_status
list_visit(void *data, struct slice user, const struct scram_verifier *verifier)
{
    struct list *list = data;

    if (!slice_equal(user, row_user(&list->row))) {
        list_write(list);
        row_begin(&list->row, user);
    }
    row_take(&list->row, verifier, list->now);
    return SCRAM_OK;
}

static void
say_nobody(const struct list *list, const char *location)
{
    if (list->options->older_than != 0 || list->options->iterations_below != 0)
        report("there are no such users in %s", location);
    else
        report("there are no users in %s%s", location,
               target_is_directory(location)
                   ? " who have a verifier, or none whom it shows you"
                   : "");
}

int
user_list(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct list list = {.options = options,
                        .now = (uint64_t)time(NULL),
                        .json = options_have(options, OPTION_JSON),
                        .width = sizeof("USER") - 1};
    struct sentence why = {""};
    enum scram_status status = SCRAM_OK;
    int code = target_locate(options, &target);

    if (code == EXIT_DONE)
        code = target_open(&target, STORE_READ);
    if (code != EXIT_DONE)
        return code;
    /* Twice through the store, so that a million users need no memory. */
    list.measures = !list.json;
    if (list.measures) {
        status = store_iterate(target.store, list_visit, &list, &why);
        list_write(&list);
        list.measures = false;
    }
    if (status == SCRAM_OK)
        status = store_iterate(target.store, list_visit, &list, &why);
    if (status != SCRAM_OK)
        return report_failure(status, &why);
    list_write(&list);
    if (list.json)
        fputs(list.users == 0 ? "[]\n" : "\n]\n", stdout);
    else if (list.users == 0)
        say_nobody(&list, target.location);
    return EXIT_DONE;
}

static void
row_show(const struct row *row)
{
    struct slice groups = row_groups(row);
    int m;

    printf("user   %s\nstate  %s\n", text_show(row_user(row)).text,
           row_state(row));
    if (groups.len > 0)
        printf("groups %s\n", text_show(groups).text);
    printf("\n%-13s  %10s  %8s  %-10s  %-10s  %s\n", "MECHANISM", "ITERATIONS",
           "SALT", "CHANGED", "EXPIRES", "STATE");
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (row->of[m].there)
            printf(
                "%-13s  %10u  %2u bytes  %-10s  %-10s  %s\n",
                scram_mechanism_name((enum scram_mechanism)m),
                (unsigned)row->of[m].iterations, (unsigned)row->of[m].salt_len,
                date_write(row->of[m].changed).text,
                date_write_last(row->of[m].expires).text, row_state_of(row, m));
    }
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (row->of[m].text_len > 0)
            printf("\n%.*s\n", (int)row->of[m].text_len,
                   (const char *)row->of[m].text);
    }
}

int
user_show(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct scram_verifier verifier CLEANUP_VERIFIER = {0};
    struct sentence why = {""};
    struct row row CLEANUP_ROW = {.user_len = 0};
    bool there = false;
    int m, code = target_find(options, STORE_READ, &target);

    if (code != EXIT_DONE)
        return code;
    if (options_have(options, OPTION_KEYS))
        broker_store_show_keys(target.store);
    row_begin(&row, target.user);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        enum scram_status status =
            store_look_up(target.store, (enum scram_mechanism)m, target.user,
                          &verifier, &why);

        if (status == SCRAM_OK)
            row_take(&row, &verifier, (uint64_t)time(NULL));
        if (status == SCRAM_OK && options_have(options, OPTION_KEYS))
            row_take_keys(&row, &verifier);
        if (status != SCRAM_OK && status != SCRAM_NO_USER)
            return report_failure(status, &why);
        there = there || status == SCRAM_OK;
    }
    if (!there)
        return target_unknown(&target);
    if (options_have(options, OPTION_JSON)) {
        row_write_json(&row);
        fputc('\n', stdout);
    } else {
        row_show(&row);
    }
    return EXIT_DONE;
}
