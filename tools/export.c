#include <inttypes.h>
#include <time.h>

#include "broker_store.h"
#include "command.h"
#include "format.h"
#include "progress.h"
#include "report.h"
#include "target.h"
#include "user.h"

struct export
{
    const struct options *options;
    const struct format *format;
    struct progress progress;
    uint64_t written;
    uint64_t left_out;
    uint64_t now;       /* seconds of UTC */
    uint64_t shortened; /* verifiers without what the store has beside them */
};

/* store_visit */
static enum scram_status
export_visit(void *data, struct slice user,
             const struct scram_verifier *verifier)
{
    struct export *export = data;

    if (!format_put(export->format, stdout, user, verifier,
                    export->options->base, export->now))
        export->left_out++;
    else if (++export->written &&
             (verifier->expires > export->now || verifier->groups.len > 0) &&
             !export->format->facts)
        export->shortened++;
    progress_show(&export->progress, export->written, 0);
    /* Nobody reads any more: main says why. */
    return ferror(stdout) ? SCRAM_STORE_FAILED : SCRAM_OK;
}

static int
export_check(const struct options *options)
{
    if (options->format == NULL) {
        report("--format is missing; it is one of %s", format_names(true).text);
        return EXIT_USAGE;
    }
    if (options->format->write == NULL) {
        report("%s has %s; --format is one of %s", options->format->name,
               options->format->cannot, format_names(true).text);
        return EXIT_USAGE;
    }
    if (options->format->base != NULL && options->base == NULL) {
        report("--base is missing: %s", options->format->base);
        return EXIT_USAGE;
    }
    if (options->format->base == NULL && options->base != NULL) {
        report("%s takes no --base", options->format->name);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int
user_export(const struct options *options)
{
    struct target target CLEANUP_TARGET = {0};
    struct export export = {.options = options,
                            .format = options->format,
                            .now = (uint64_t)time(NULL)};
    struct sentence why = {""};
    enum scram_status status;
    int code = export_check(options);

    if (code == EXIT_DONE)
        code = target_locate(options, &target);
    if (code == EXIT_DONE)
        code = target_open(&target, STORE_READ);
    if (code != EXIT_DONE)
        return code;
    if (export.format->begin != NULL &&
        !export.format->begin(stdout, options->base)) {
        report("--base cannot be that: it is %s", export.format->base);
        return EXIT_USAGE;
    }
    broker_store_show_keys(target.store);
    progress_start(&export.progress, "verifiers", 0);
    status = store_iterate(target.store, export_visit, &export, &why);
    progress_hide(&export.progress);
    if (status != SCRAM_OK && !ferror(stdout))
        return report_failure(status, &why);
    if (export.format->end != NULL)
        export.format->end(stdout);
    if (export.shortened != 0)
        report("%" PRIu64 " of the verifiers are written without the day on "
               "which their users expire, or their groups: %s cannot have them",
               export.shortened, export.format->name);
    if (export.left_out == 0)
        return export.shortened == 0 ? EXIT_DONE : EXIT_REFUSED;
    report("%" PRIu64 " %s left out: %s cannot have %s", export.left_out,
           export.left_out == 1 ? "verifier was" : "verifiers were",
           export.format->name, export.format->cannot);
    return EXIT_REFUSED;
}
