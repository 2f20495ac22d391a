/*
 * The configuration's section [broker]: what concerns gss-scramd, and who talks
 * to it as root. The module passes over it.
 */
#ifndef BASE_CONFIG_BROKER_H
#define BASE_CONFIG_BROKER_H

#include <stdint.h>

#include "base/folders.h"
#include "base/sentence.h"
#include "base/status.h"

#define CONFIG_BROKER_ADMIN FOLDER_SOCKETS "/admin"
#define CONFIG_BROKER_STATE FOLDER_BROKER_STATE
#define CONFIG_BROKER_NAME "gss-scram" /* of its group and of its account */
#define CONFIG_BROKER_BURST 20
#define CONFIG_BROKER_REFILL 30000 /* ms */

struct config_broker {
    char *admin;   /* path of the socket for root */
    char *state;   /* path of the folder for what a restart must not lose */
    char *group;   /* whose members may ask */
    char *account; /* that gss-scramd becomes where root starts it */
    uint32_t
        guess_burst; /* wrong passwords of a user in a row; 0: any number */
    uint32_t guess_refill; /* ms until there may be one more */
};

/*
 * Read the section of the file at config_path().
 *
 * @param config  set on SCRAM_OK alone; release it with config_broker_clear
 * @param why     a sentence with the file and the key on failure; may be NULL
 * @return SCRAM_OK, also where there is no file or no such section (the
 *         defaults then); SCRAM_BAD_CONFIG, SCRAM_NO_MEMORY
 */
enum scram_status config_broker_load(struct config_broker *config,
                                     struct sentence *why);

void config_broker_clear(struct config_broker *config);

#define CLEANUP_CONFIG_BROKER __attribute__((cleanup(config_broker_clear)))

#endif
