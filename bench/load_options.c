#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct load load = {.address = "127.0.0.1",
                    .port = 4444,
                    .sources = 1,
                    .mode = &honest,
                    .total = 1000,
                    .at_once = 32,
                    .most = 60000,
                    .drip = 500};

static _Noreturn void
usage(bool wanted)
{
    fputs(
        "usage: load --user USER [OPTION...] <password\n"
        "\n"
        "Be many clients of a server that speaks gss-client's protocol.\n"
        "  --mode MODE      honest (the default), silent, drip, garbage,\n"
        "                   close or replay\n"
        "  --negotiate      have SPNEGO around SCRAM (honest, silent)\n"
        "  --krb5           Kerberos instead of SCRAM, with the tickets that\n"
        "                   there are instead of a user and a password\n"
        "  --address IP     of the server (127.0.0.1)\n"
        "  --port PORT      of the server (4444)\n"
        "  --total N        clients (1000)\n"
        "  --at-once N      of them are there at a time (32)\n"
        "  --users N        they are USER0 to USERN-1, in a scattered order, "
        "and\n"
        "                   have the same password (honest)\n"
        "  --rate N         begin so many of them a second\n"
        "  --sources N      come from 127.0.0.1 to 127.0.0.N (1)\n"
        "  --least MS, --most MS\n"
        "                   when to close a hostile one (0, 60000)\n"
        "  --drip MS        between two bytes (500)\n"
        "After SIGTERM no more of them are begun. The exit code is 0 only if\n"
        "every client that was begun fared as it should.\n",
        wanted ? stdout : stderr);
    exit(wanted ? EXIT_SUCCESS : 2);
}

static const struct mode *
mode_of(const char *name)
{
    static const struct mode *const modes[] = {&honest,  &silent,      &drip,
                                               &garbage, &close_early, &replay};
    size_t i;

    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (!strcmp(modes[i]->name, name))
            return modes[i];
    }
    usage(false);
}

/* Options that are numbers, and what they may be. */
static const struct {
    unsigned *value, least, most;
} numbers[] = {
    {&load.port, 1, UINT16_MAX},  {&load.total, 1, 100000000},
    {&load.at_once, 1, 1000000},  {&load.sources, 1, 200},
    {&load.least, 0, UINT32_MAX}, {&load.most, 0, UINT32_MAX},
    {&load.drip, 1, UINT32_MAX},  {&load.users, 1, 100000000},
    {&load.rate, 1, 1000000},
};

static void
take_number(int which, const char *text)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);

    if (*text < '0' || *text > '9' || *rest != '\0' ||
        value < numbers[which].least || value > numbers[which].most)
        usage(false);
    *numbers[which].value = (unsigned)value;
}

char *
load_options(int argc, char **argv)
{
    /* The numbers first, in their order. */
    static const struct option known[] = {
        {"port", required_argument, NULL, 0},
        {"total", required_argument, NULL, 1},
        {"at-once", required_argument, NULL, 2},
        {"sources", required_argument, NULL, 3},
        {"least", required_argument, NULL, 4},
        {"most", required_argument, NULL, 5},
        {"drip", required_argument, NULL, 6},
        {"users", required_argument, NULL, 7},
        {"rate", required_argument, NULL, 8},
        {"user", required_argument, NULL, 'u'},
        {"mode", required_argument, NULL, 'm'},
        {"address", required_argument, NULL, 'a'},
        {"negotiate", no_argument, NULL, 'n'},
        {"krb5", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    char *user = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'u')
            user = optarg;
        else if (option == 'm')
            load.mode = mode_of(optarg);
        else if (option == 'a')
            load.address = optarg;
        else if (option == 'n')
            load.negotiate = true;
        else if (option == 'k')
            load.kerberos = true;
        else if (option == 'h' || option == '?')
            usage(option == 'h');
        else
            take_number(option, optarg);
    }
    if ((user == NULL && !load.kerberos) || optind != argc)
        usage(false);
    if (load.users != 0 &&
        (load.mode != &honest || load.kerberos || load.negotiate))
        usage(false);
    return user;
}
