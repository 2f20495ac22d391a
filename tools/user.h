/*
 * "gss-scram user": what it does with the users of a store. Each returns what
 * the command exits with, and has said why if that is not EXIT_DONE.
 */
#ifndef USER_H
#define USER_H

#include "options.h"

int user_add(const struct options *options);
int user_passwd(const struct options *options);
int user_change(const struct options *options);
int user_remove(const struct options *options);
int user_enable(const struct options *options);
int user_disable(const struct options *options);
int user_list(const struct options *options);
int user_show(const struct options *options);
int user_import(const struct options *options);
int user_export(const struct options *options);

#endif
