/*
 * Tickets: what makes a half-open context that was exported good for one import
 * alone. Whoever could import it twice could complete it with one recorded
 * answer of the client's twice.
 *
 * The processes of an account share a table of the tickets that are out: a file
 * of fixed size, of the account's own, in the configuration's transfer_folder,
 * made by the first export that needs it. A ticket is good while it is in the
 * table, and taking it out is one compare-and-swap, so that of any number of
 * processes one gets it, and none is ever kept waiting by another that was
 * stopped or has died. As a ticket must be in the table, and not merely absent
 * from a list of those used, nothing is good that comes from another machine,
 * another account, or from before the machine was started.
 *
 * Why not something else: a file for each ticket, whose removal decides, stays
 * behind when nobody imports; locks can be held for ever by a stopped process;
 * kernel keyrings are switched off in most containers; memory shared by
 * inheritance serves only workers with one ancestor that had loaded the module.
 */
#ifndef GSS_TICKET_H
#define GSS_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sentence.h"

#define TICKETS 32766u /* that may be out at a time */

struct ticket {
    uint64_t table; /* which table it is in */
    uint32_t place; /* and where there */
    uint64_t word;  /* what is there while it is good; no other ever was */
};

/*
 * Put a ticket into the account's table.
 *
 * @param folder    where the table is, or is made
 * @param deadline  milliseconds of register_clock; its place is free then
 * @param ticket    set on true alone
 * @param why       a sentence with the path and the reason on false; not NULL
 */
bool ticket_issue(const char *folder, uint64_t deadline, struct ticket *ticket,
                  struct sentence *why);

/*
 * Take a ticket out of the account's table.
 *
 * @param ticket  any numbers
 * @return true once for each ticket; false, and a sentence, otherwise
 */
bool ticket_redeem(const char *folder, struct ticket ticket,
                   struct sentence *why);

/* The deadline that a ticket was issued with. */
uint64_t ticket_deadline(struct ticket ticket);

#endif
