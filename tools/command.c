#include "command.h"

#include <string.h>

/* A command's own word: "add". */
static const char *
last_word(const struct command *command)
{
    const char *space = strrchr(command->name, ' ');

    return space == NULL ? command->name : space + 1;
}

const struct command *
command_below(const struct command *command, const char *word)
{
    const struct command *c;

    for (c = command->commands; c->name != NULL; c++) {
        if (strcmp(last_word(c), word) == 0)
            return c;
    }
    return NULL;
}

void
command_help(const struct command *command, FILE *stream)
{
    const struct command *c;

    fprintf(stream, "Usage: %s%s [OPTION...]%s%s\n\n%s\n", command->name,
            command->commands != NULL ? " COMMAND" : "",
            command->operand != NULL ? " " : "",
            command->operand != NULL ? command->operand : "", command->about);
    if (command->commands != NULL) {
        fputs("Commands:\n", stream);
        for (c = command->commands; c->name != NULL; c++)
            fprintf(stream, "  %-9s  %s\n", last_word(c), c->summary);
        fprintf(stream, "\n\"%s COMMAND --help\" says more of each.\n\n",
                command->name);
    }
    fputs("Options:\n", stream);
    options_help(command->options, stream);
    if (command->run == NULL)
        return;
    fputs("\nExit status:\n  0  done\n", stream);
    if (command->refused != NULL)
        fprintf(stream, "  1  %s\n", command->refused);
    fprintf(stream, "  2  the command line is wrong\n  3  %s\n",
            command->unusable);
}
