#include <time.h>

#include "base/date.h"
#include "broker_store.h"
#include "command.h"
#include "report.h"
#include "target.h"
#include "user.h"

#define NAME_WIDTH_MAX 40 /* columns; a wider name shifts what is after it */

/* A user as this shows them: no key is in it unless somebody asks for it. */
struct row {
    uint8_t user_bytes[SCRAM_USER_MAX];
    size_t user_len; /* 0: no user */
    struct {
        bool there;
        bool enabled;
        uint32_t iterations;
        uint8_t salt_len;
        uint64_t changed; /* seconds of UTC; 0: not known */
        uint64_t expires; /* as struct scram_verifier has it */
        bool expired;
        uint8_t text[SCRAM_VERIFIER_TEXT_MAX]; /* with the keys */
        size_t text_len;                       /* 0: nobody asked for it */
    } of[SCRAM_MECHANISMS];
};

static void
row_wipe(struct row *row)
{
    OPENSSL_cleanse(row, sizeof(*row));
}

struct list {
    const struct options *options;
    uint64_t now; /* seconds of UTC */
    bool json;
    bool measures;  /* how wide names are; nothing is written */
    size_t width;   /* of the column of names */
    size_t users;   /* written so far */
    struct row row; /* not written yet */
};

static struct slice
row_user(const struct row *row)
{
    return (struct slice){row->user_bytes, row->user_len};
}

static void
row_begin(struct row *row, struct slice user)
{
    struct buffer b = BUFFER_ARRAY(row->user_bytes);

    *row = (struct row){0};
    buffer_put(&b, user);
    row->user_len = b.len;
}

static void
row_take(struct row *row, const struct scram_verifier *verifier, uint64_t now)
{
    row->of[verifier->mechanism].there = true;
    row->of[verifier->mechanism].enabled = verifier->enabled;
    row->of[verifier->mechanism].iterations = verifier->iterations;
    row->of[verifier->mechanism].salt_len = verifier->salt_len;
    row->of[verifier->mechanism].changed = verifier->changed;
    row->of[verifier->mechanism].expires = verifier->expires;
    row->of[verifier->mechanism].expired =
        scram_verifier_is_expired(verifier, now);
}

/* When the first of a user's verifiers expires; 0: none does. */
static uint64_t
row_expires(const struct row *row)
{
    uint64_t first = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (row->of[m].there && row->of[m].expires != 0 &&
            (first == 0 || row->of[m].expires < first))
            first = row->of[m].expires;
    return first;
}

/* When the last of a user's verifiers was put; 0: it is not known. */
static uint64_t
row_changed(const struct row *row)
{
    uint64_t last = 0;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++)
        if (row->of[m].there && row->of[m].changed > last)
            last = row->of[m].changed;
    return last;
}

static void
row_take_keys(struct row *row, const struct scram_verifier *verifier)
{
    struct buffer text = BUFFER_ARRAY(row->of[verifier->mechanism].text);

    scram_verifier_format(verifier, &text);
    row->of[verifier->mechanism].text_len = text.len;
}

/* Whether a user is let in with a mechanism. Who is disabled and has expired is
 * disabled: to change the day alone would not help. */
static const char *
state_of(const struct row *row, int m)
{
    return !row->of[m].enabled  ? "disabled"
           : row->of[m].expired ? "expired"
                                : "enabled";
}

static const char *
row_state(const struct row *row)
{
    bool in = false, out = false, expired = false;
    int m;

    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        bool lets = row->of[m].enabled && !row->of[m].expired;

        in = in || (row->of[m].there && lets);
        out = out || (row->of[m].there && !lets);
        expired = expired || (row->of[m].there && row->of[m].enabled && !lets);
    }
    return !out      ? "enabled"
           : in      ? "partly enabled"
           : expired ? "expired"
                     : "disabled";
}

static void
row_write_json(const struct row *row)
{
    const char *before = "";
    int m;

    fputs("{\"user\": ", stdout);
    text_write_json(row_user(row), stdout);
    fputs(", \"verifiers\": [", stdout);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (!row->of[m].there)
            continue;
        printf("%s{\"mechanism\": \"%s\", \"iterations\": %u, "
               "\"salt_length\": %u, \"enabled\": %s",
               before, scram_mechanism_name((enum scram_mechanism)m),
               (unsigned)row->of[m].iterations, (unsigned)row->of[m].salt_len,
               row->of[m].enabled ? "true" : "false");
        if (row->of[m].changed != 0)
            printf(", \"changed\": \"%s\"",
                   date_write(row->of[m].changed).text);
        if (row->of[m].expires != 0)
            printf(", \"expires\": \"%s\", \"expired\": %s",
                   date_write_last(row->of[m].expires).text,
                   row->of[m].expired ? "true" : "false");
        if (row->of[m].text_len > 0) {
            fputs(", \"verifier\": ", stdout);
            text_write_json(
                (struct slice){row->of[m].text, row->of[m].text_len}, stdout);
        }
        fputc('}', stdout);
        before = ", ";
    }
    fputs("]}", stdout);
}

/* Write a line of the table; names may hold characters of any width. */
static void
line_write(const char *user, size_t width, const char *mechanisms,
           const char *iterations, const char *changed, const char *expires,
           const char *state)
{
    size_t used = text_width(user);

    printf("%s%*s  %-25s  %-15s  %-10s  %-10s  %s\n", user,
           used < width ? (int)(width - used) : 0, "", mechanisms, iterations,
           changed, expires, state);
}

static void
row_write(const struct row *row, size_t width)
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
               date_write_last(row_expires(row)).text, row_state(row));
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
                       "CHANGED", "EXPIRES", "STATE");
        row_write(&list->row, list->width);
    }
    list->users++;
    list->row.user_len = 0;
}

/* The store's order brings one user's verifiers one after another. */
static enum scram_status
visit(void *data, struct slice user, const struct scram_verifier *verifier)
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
        status = store_iterate(target.store, visit, &list, &why);
        list_write(&list);
        list.measures = false;
    }
    if (status == SCRAM_OK)
        status = store_iterate(target.store, visit, &list, &why);
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
    int m;

    printf("user   %s\nstate  %s\n\n%-13s  %10s  %8s  %-10s  %-10s  %s\n",
           text_show(row_user(row)).text, row_state(row), "MECHANISM",
           "ITERATIONS", "SALT", "CHANGED", "EXPIRES", "STATE");
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        if (row->of[m].there)
            printf("%-13s  %10u  %2u bytes  %-10s  %-10s  %s\n",
                   scram_mechanism_name((enum scram_mechanism)m),
                   (unsigned)row->of[m].iterations,
                   (unsigned)row->of[m].salt_len,
                   date_write(row->of[m].changed).text,
                   date_write_last(row->of[m].expires).text, state_of(row, m));
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
    struct row row __attribute__((cleanup(row_wipe))) = {.user_len = 0};
    bool there = false;
    int m, code = target_find(options, STORE_READ, &target);

    if (code != EXIT_DONE)
        return code;
    if (options_have(options, OPTION_EXPORT))
        broker_store_show_keys(target.store);
    row_begin(&row, target.user);
    for (m = 0; m < SCRAM_MECHANISMS; m++) {
        enum scram_status status =
            store_look_up(target.store, (enum scram_mechanism)m, target.user,
                          &verifier, &why);

        if (status == SCRAM_OK)
            row_take(&row, &verifier, (uint64_t)time(NULL));
        if (status == SCRAM_OK && options_have(options, OPTION_EXPORT))
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
