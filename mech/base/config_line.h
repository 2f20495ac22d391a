/*
 * One line of the configuration, in krb5.conf's format: bytes in, names and
 * values out.
 */
#ifndef BASE_CONFIG_LINE_H
#define BASE_CONFIG_LINE_H

#include "base/ini.h"

enum config_line_kind {
    CONFIG_LINE_EMPTY,         /* or a comment */
    CONFIG_LINE_SECTION,       /* [name] */
    CONFIG_LINE_BEGIN,         /* name = { */
    CONFIG_LINE_END,           /* } */
    CONFIG_LINE_RELATION,      /* name = value */
    CONFIG_LINE_INCLUDE,       /* include value */
    CONFIG_LINE_INCLUDE_FOLDER /* includedir value */
};

struct config_line {
    enum config_line_kind kind;
    char name[INI_LINE_MAX + 1]; /* NUL-terminated, as is the value */
    char value[INI_LINE_MAX + 1];
};

/*
 * Read a line.
 *
 * @param text  without its end
 * @param line  set where NULL is returned; its name and value only where the
 *              kind has them
 * @return NULL; or what is wrong with it, for a sentence that begins with
 *         "line 3"
 */
const char *config_line_read(struct slice text, struct config_line *line);

#endif
