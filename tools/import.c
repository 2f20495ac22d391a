#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "command.h"
#include "interrupt.h"
#include "mix.h"
#include "progress.h"
#include "report.h"
#include "target.h"
#include "user.h"

/*
 * For each publication of what was put the whole store is copied, which is done
 * by what is put first after it. So one is made when the work since the last
 * took so many times as long as the copy and the publication do: most of the
 * time goes into the work, however large the store becomes, and an interruption
 * loses no more than a part of it.
 */
#define WORK_PER_PUBLICATION 8

#define SAID_MAX 20 /* bad lines, and likewise changed names, that are said */

/* An import under way. */
struct import {
    const struct options *options;
    const struct format *format;
    const char *path; /* for people */
    struct source source;
    struct target target;
    struct batch batch;
    struct progress progress;
    bool copied;       /* the store, since the last publication */
    double published;  /* when that ended, in seconds */
    double took;       /* it, and the copy since, in seconds */
    uint64_t added;    /* and published */
    uint64_t pending;  /* added since */
    uint64_t there;    /* already, and left alone */
    uint64_t shut_out; /* of users who were put and are disabled */
    uint64_t bad;
    uint64_t changed; /* names, by SASLprep */
};

/* What the stream of the file reads ahead, which the C library does not wipe;
 * that of standard input is there until the process ends. */
static char ahead[BUFSIZ];

static void
import_clear(struct import *import)
{
    if (import->source.input.file != NULL && import->source.input.file != stdin)
        fclose(import->source.input.file);
    OPENSSL_cleanse(ahead, sizeof(ahead));
    batch_clear(&import->batch);
    target_clear(&import->target);
    source_clear(&import->source);
}

#define CLEANUP_IMPORT __attribute__((cleanup(import_clear)))

/* Say what is wrong with a line, and return whether to go on. */
static bool
import_blame(struct import *import, unsigned long line, const char *what)
{
    import->bad++;
    progress_hide(&import->progress);
    if (import->bad <= SAID_MAX)
        report("%s: line %lu: %s", import->path, line, what);
    else if (import->bad == SAID_MAX + 1)
        report("%s: more lines cannot be taken; they are only counted",
               import->path);
    return !options_have(import->options, OPTION_STOP_ON_ERROR);
}

static const char *
import_sentence_for(enum scram_status status)
{
    switch (status) {
    case SCRAM_BAD_PASSWORD:
        return "it has no password, or one that SASLprep (RFC 4013) refuses, "
               "or that is longer than 1024 bytes";
    case SCRAM_BAD_ARGUMENT:
        return "it has no verifier that a store can keep";
    default:
        return "libcrypto failed";
    }
}

/* Say why a verifier was not put. Returns whether to go on. */
static bool
blame_item(struct import *import, size_t i, enum scram_status status)
{
    const struct item *item = &import->batch.items[i];
    struct sentence what;

    if (status == SCRAM_STORE_FAILED || status == SCRAM_STORE_FORBIDDEN)
        return import_blame(import, item->line, import->batch.whys[i].text);
    if (status != SCRAM_NO_USER)
        return import_blame(import, item->line, import_sentence_for(status));
    sentence_write(
        &what, "the directory has no entry for %s",
        text_show((struct slice){item->user_bytes, item->user_len}).text);
    return import_blame(import, item->line, what.text);
}

static int
import_fail(struct import *import, enum scram_status status,
            const struct sentence *why)
{
    progress_hide(&import->progress);
    return report_failure(status, why);
}

/* Publish what was put since the last time, if it is time to. */
static int
import_publish(struct import *import, bool now)
{
    struct store *store = import->target.store;
    double began = progress_now();
    uint64_t pending = import->pending;
    struct sentence why = {""};
    enum scram_status status;

    if (!now && began - import->published < import->took * WORK_PER_PUBLICATION)
        return EXIT_DONE;
    import->pending = 0; /* they are in now, or lost */
    import->copied = false;
    status = store_commit(store, &why);
    if (status != SCRAM_OK)
        return import_fail(import, status, &why);
    store_begin(store);
    import->added += pending;
    import->published = progress_now();
    import->took = import->published - began;
    return EXIT_DONE;
}

/* Put the verifiers of a batch, and take down how long a copy took. */
static enum scram_status
put_verifiers(struct import *import, struct sentence *why)
{
    bool replace = options_have(import->options, OPTION_REPLACE);
    double began = progress_now();
    enum scram_status status =
        batch_put(&import->batch, import->target.store,
                  replace ? STORE_EITHER : STORE_ADD, why);

    if (!import->copied)
        import->took += progress_now() - began;
    import->copied = true;
    return status;
}

/* Count what has become of each. What was not put is blamed, unless all of it
 * failed for one reason. Returns whether to go on. */
static bool
import_take_down(struct import *import, bool say)
{
    bool go_on = true;
    size_t i;

    for (i = 0; i < import->batch.count; i++) {
        enum scram_status status = import->batch.entries[i].status;

        import->shut_out +=
            status == SCRAM_OK && import->batch.items[i].shut_out;
        if (status == SCRAM_OK)
            import->pending++;
        else if (status == SCRAM_USER_EXISTS)
            import->there++;
        else if (say)
            go_on = blame_item(import, i, status) && go_on;
    }
    return go_on;
}

/* Put what was gathered. Returns EXIT_DONE to go on. */
static int
import_put(struct import *import)
{
    struct batch *batch = &import->batch;
    struct sentence why = {""};
    enum scram_status status;
    bool go_on;

    if (batch->count == 0)
        return EXIT_DONE;
    if (!options_have(import->options, OPTION_REPLACE))
        batch_skip(batch, import->target.store);
    batch_derive(batch);
    if (batch->passwords && interrupt_came())
        return EXIT_DONE;
    status = put_verifiers(import, &why);
    go_on = import_take_down(import, status == SCRAM_OK && !interrupt_came());
    batch->count = 0;
    if (status != SCRAM_OK)
        return import_fail(import, status, &why);
    progress_show(&import->progress,
                  import->added + import->pending + import->there + import->bad,
                  (uint64_t)import->source.input.bytes);
    return go_on ? EXIT_DONE : EXIT_REFUSED;
}

/* Add a record to those that were gathered. Returns whether to go on. */
static bool
import_take(struct import *import, const struct record *record)
{
    uint8_t space[SCRAM_USER_MAX];
    struct buffer user = BUFFER_ARRAY(space);

    if (scram_prepare_new_user(record->user, &user) != SCRAM_OK)
        return import_blame(
            import, record->line,
            "its user's name is empty, longer than 256 bytes, or one "
            "that SASLprep (RFC 4013) refuses");
    if (!slice_equal(record->user, buffer_slice(&user)) &&
        ++import->changed <= SAID_MAX) {
        progress_hide(&import->progress);
        report("%s: line %lu: %s is %s when it is prepared as SCRAM asks for "
               "(SASLprep, RFC 4013)",
               import->path, record->line, text_quote(record->user).text,
               text_quote(buffer_slice(&user)).text);
    }
    batch_add(&import->batch, record, buffer_slice(&user));
    return true;
}

/*
 * Read all there is. After the first bad line of a strict import, what came
 * before it is still put; after an interruption, what was put is published.
 */
static int
import_read_all(struct import *import)
{
    int code = EXIT_DONE;
    bool go_on = true;

    while (go_on && code == EXIT_DONE && !interrupt_came()) {
        struct record record = {.line = 0};
        struct sentence why = {""};

        switch (import->format->read(&import->source, &record, &why)) {
        case FORMAT_RECORD:
            go_on = import_take(import, &record);
            break;
        case FORMAT_BAD:
            go_on = import_blame(import, record.line, why.text);
            break;
        case FORMAT_ALIEN:
            import_blame(import, record.line, why.text);
            go_on = false;
            break;
        case FORMAT_END:
            go_on = false;
            break;
        case FORMAT_FAILED:
            if (interrupt_came())
                break;
            progress_hide(&import->progress);
            report("%s: cannot be read on: %s", import->path, strerror(errno));
            code = EXIT_UNUSABLE;
            break;
        }
        scram_verifier_wipe(&record.verifier);
        if (code == EXIT_DONE && batch_full(&import->batch))
            code = import_put(import) ?: import_publish(import, false);
    }
    if (code == EXIT_DONE && !interrupt_came())
        code = import_put(import);
    return import_publish(import, true) ?: code;
}

static int
import_open_file(struct import *import)
{
    const char *path =
        import->options->operand_count > 0 ? import->options->operands[0] : "-";
    struct stat st;
    FILE *file = stdin;

    if (strcmp(path, "-") != 0)
        file = fopen(path, "re");
    import->path = file == stdin ? "standard input" : path;
    if (file == NULL || fstat(fileno(file), &st) != 0 || S_ISDIR(st.st_mode)) {
        report("%s: cannot be read: %s", path,
               file == NULL ? strerror(errno) : "it is a directory");
        if (file != NULL && file != stdin)
            fclose(file);
        return EXIT_UNUSABLE;
    }
    import->source.input.file = file;
    setvbuf(file, ahead, _IOFBF, sizeof(ahead));
    progress_start(&import->progress, "users",
                   S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0);
    return EXIT_DONE;
}

/* What the options say that only together make sense. */
static int
import_check(struct import *import, enum scram_mechanism *mechanism)
{
    const struct options *options = import->options;

    if (import->format == NULL) {
        report("--format is missing; it is one of %s",
               format_names(false).text);
        return EXIT_USAGE;
    }
    if (!import->format->passwords &&
        (options->mechanisms != 0 || options->iterations != 0)) {
        report("--mechanism and --iterations are for passwords; %s has "
               "verifiers, which have their own",
               import->format->name);
        return EXIT_USAGE;
    }
    *mechanism =
        options->mechanisms == 1u << SCRAM_SHA_1 ? SCRAM_SHA_1 : SCRAM_SHA_256;
    if ((options->mechanisms & ~(1u << *mechanism)) != 0) {
        report("an import makes verifiers for one --mechanism at a time");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static void
summarize(const struct import *import)
{
    printf("%" PRIu64 " %s put into %s in %.1f s", import->added,
           import->added == 1 ? "verifier was" : "verifiers were",
           import->target.location, progress_seconds(&import->progress));
    if (import->there == 1)
        printf("; 1 exists and was kept (--replace replaces it)");
    else if (import->there > 1)
        printf("; %" PRIu64 " exist and were kept (--replace replaces them)",
               import->there);
    if (import->shut_out > 0)
        printf("; %" PRIu64 " of them %s of users who are disabled, and remain "
               "so (--enable lets them in)",
               import->shut_out, import->shut_out == 1 ? "is" : "are");
    if (import->changed > SAID_MAX)
        printf("; %" PRIu64 " names were changed by SASLprep", import->changed);
    if (import->bad > 0)
        printf("; %" PRIu64 " rejected (%s)", import->bad,
               import->bad > SAID_MAX ? "see the first of them above"
                                      : "see above");
    if (import->bad > 0 && options_have(import->options, OPTION_STOP_ON_ERROR))
        printf(", and nothing after that was looked at (--stop-on-error)");
    printf("\n");
}

static int
import_all(const struct options *options)
{
    struct import import CLEANUP_IMPORT = {.options = options,
                                           .format = options->format};
    enum scram_mechanism mechanism;
    struct sentence why = {""};
    int code = import_check(&import, &mechanism);

    if (code == EXIT_DONE)
        code = target_locate(options, &import.target);
    if (code == EXIT_DONE)
        code = import_open_file(&import);
    if (code == EXIT_DONE)
        code = target_open(&import.target, STORE_CREATE);
    if (code != EXIT_DONE)
        return code;
    if (!batch_init(&import.batch, mechanism, options->iterations,
                    import.format->passwords,
                    target_is_directory(import.target.location)))
        return report_failure(SCRAM_NO_MEMORY, &why);
    import.batch.enable = options_have(options, OPTION_ENABLE);
    interrupt_expect();
    store_begin(import.target.store);
    code = import_read_all(&import);
    progress_hide(&import.progress);
    summarize(&import);
    if (import.added > 0)
        mix_report(import.target.store, import.target.location);
    return code == EXIT_DONE && import.bad > 0 ? EXIT_REFUSED : code;
}

int
user_import(const struct options *options)
{
    int code = import_all(options);

    if (!interrupt_came())
        return code;
    report("interrupted; the same import puts what is missing when run again");
    fflush(stdout);
    interrupt_obey();
    return code;
}
