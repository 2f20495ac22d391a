/*
 * "gss-scram login --list": what an account is logged in with, in the order in
 * which it is looked for: what gss-scram-agent has, and what is in the
 * credentials file.
 */
#ifndef LOGIN_LIST_H
#define LOGIN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * @param path  of the credentials file; empty where there is none
 * @return what the command exits with
 */
int login_list(const char *path, bool json);

#define LOGIN_LEFT_MAX 32 /* bytes of what login_left writes, with its NUL */

/* Write how long a login is still good, for people: "7h 59m", "forever".
 *
 * @param left  seconds; WIRE_FOREVER for no end
 */
void login_left(uint32_t left, char *text);

#endif
