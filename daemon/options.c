#include "daemon/options.h"

#include <string.h>

/* The option that the first @p len bytes of a word name; NULL: none. */
static const struct option *
options_find(const struct options *options, const char *word, size_t len)
{
    const struct option *o = options->list;

    for (; o < options->list + options->count; o++) {
        if (strlen(o->name) == len && strncmp(word, o->name, len) == 0)
            return o;
    }
    return NULL;
}

bool
options_read(const struct options *options, int argc, char **argv,
             const char **values, struct sentence *why)
{
    const struct option *o;
    const char *value;
    size_t len;
    int i;

    memset(values, 0, options->count * sizeof(*values));
    for (i = 1; i < argc; i++) {
        len = strcspn(argv[i], "=");
        value = argv[i][len] == '=' ? argv[i] + len + 1 : NULL;
        o = options_find(options, argv[i], len);
        if (o == NULL) {
            sentence_write(why, "there is no option %.64s", argv[i]);
            return false;
        }
        if (o->value != NULL && value == NULL && i + 1 < argc)
            value = argv[++i];
        if ((value == NULL) != (o->value == NULL)) {
            sentence_write(why, "%s takes %s", o->name,
                           o->value == NULL ? "no value" : "a value");
            return false;
        }
        values[o - options->list] = value == NULL ? "" : value;
    }
    return true;
}

void
options_help(const struct options *options, FILE *stream)
{
    const struct option *o = options->list;
    char name[32];

    fprintf(stream, "Usage: %s [OPTION]...\n\n%s\n\nOptions:\n",
            options->program, options->purpose);
    for (; o < options->list + options->count; o++) {
        snprintf(name, sizeof(name), "%s%s%s", o->name,
                 o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
        fprintf(stream, "  %-14s  %s\n", name, o->help);
    }
    fputs("\nExit status:\n"
          "  0  it was told to stop\n"
          "  1  it cannot serve, and says why\n"
          "  2  the command line is wrong\n",
          stream);
}
