/*
 * Where an account's gss-scram-agent listens.
 */
#ifndef BASE_AGENT_PATH_H
#define BASE_AGENT_PATH_H

#include <stdbool.h>

#define AGENT_PATH_MAX 108 /* bytes of a path, with its NUL: sockaddr_un's */

/*
 * Write the path of the agent's socket, gss-scram/agent in the folder that the
 * effective uid has for what lasts as long as its sessions: XDG_RUNTIME_DIR,
 * where that is a folder of this account (XDG Base Directory Specification), or
 * /run/user/<uid>. The variable is another account's after su, and does not
 * count in a set-uid program. Who listens at the path is not looked at.
 *
 * @param path  AGENT_PATH_MAX bytes; of use on true alone
 * @return false where the path is too long for a socket
 */
bool agent_path(char *path);

#endif
