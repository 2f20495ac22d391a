#include "daemon/options.h"

#include <string.h>

static const struct option {
    const char *name;
    const char *value; /* what it takes; NULL for nothing */
    const char *help;
} options[] = {
    {"--foreground", NULL, "make the sockets, and log to standard error"},
    {"--debug", "FILE", "append every message to FILE, without its secrets"},
    {"--config", "FILE", "read FILE, and not /etc/gss/scram.conf"},
    {"--socket", "PATH",
     "make the socket for servers there, whatever is configured"},
    {"--help", NULL, "say this"},
    {"--version", NULL, "say which version this is"},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void
set(struct options *o, size_t i, const char *value)
{
    switch (i) {
    case 0:
        o->foreground = true;
        break;
    case 1:
        o->debug = value;
        break;
    case 2:
        o->config = value;
        break;
    case 3:
        o->socket = value;
        break;
    case 4:
        o->help = true;
        break;
    default:
        o->version = true;
        break;
    }
}

bool
options_read(int argc, char **argv, struct options *o, struct sentence *why)
{
    const char *value;
    size_t len, j;
    int i;

    *o = (struct options){0};
    for (i = 1; i < argc; i++) {
        len = strcspn(argv[i], "=");
        value = argv[i][len] == '=' ? argv[i] + len + 1 : NULL;
        j = 0;
        while (j < OPTIONS && (strlen(options[j].name) != len ||
                               strncmp(argv[i], options[j].name, len) != 0))
            j++;
        if (j == OPTIONS) {
            sentence_write(why, "there is no option %.64s", argv[i]);
            return false;
        }
        if (options[j].value != NULL && value == NULL && i + 1 < argc)
            value = argv[++i];
        if ((value == NULL) != (options[j].value == NULL)) {
            sentence_write(why, "%s takes %s", options[j].name,
                           options[j].value == NULL ? "no value" : "a value");
            return false;
        }
        set(o, j, value);
    }
    return true;
}

void
options_help(FILE *stream)
{
    char name[32];
    size_t i;

    fputs("Usage: gss-scramd [OPTION]...\n\n"
          "Keep the verifiers of users, and check the logins of this machine's "
          "servers.\n\n"
          "Options:\n",
          stream);
    for (i = 0; i < OPTIONS; i++) {
        snprintf(name, sizeof(name), "%s%s%s", options[i].name,
                 options[i].value == NULL ? "" : " ",
                 options[i].value == NULL ? "" : options[i].value);
        fprintf(stream, "  %-14s  %s\n", name, options[i].help);
    }
    fputs("\nExit status:\n"
          "  0  it was told to stop\n"
          "  1  it cannot serve, and says why\n"
          "  2  the command line is wrong\n",
          stream);
}
