/*
 * "gss-scram login" and "gss-scram logout": what an account keeps of its users
 * and passwords for programs that ask nobody. Each returns what the command
 * exits with, and has said why if that is not EXIT_DONE.
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "options.h"

int login(const struct options *options);
int logout(const struct options *options);

#endif
