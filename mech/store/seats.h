/*
 * A lock that every look-up shares and that changes hardly ever: which files
 * this process has open. Whoever looks something up takes one seat, and no two
 * threads write to the same memory for it; whoever changes something clears
 * all of them. The seat's number is its holder's alone, so that it also says
 * which of the things that are kept once a seat (a read transaction) to use.
 *
 * A seat is held by one thread, for the length of one act; a thread that holds
 * one neither takes another nor clears them. After a fork the child's seats
 * are free, whoever held them in the parent.
 */
#ifndef STORE_SEATS_H
#define STORE_SEATS_H

#include <stdbool.h>

#define STORE_SEATS 32

/*
 * Make ready what a fork needs; to be called before anything below.
 *
 * @return false without memory
 */
bool store_seats_prepare(void);

/* Take a seat, and return its number; waits while all are taken. */
unsigned store_seat_take(void);

void store_seat_leave(unsigned seat);

/* Wait until no seat is taken, and let nobody take one. */
void store_seats_clear(void);

/* Let seats be taken again. */
void store_seats_open(void);

/*
 * How many forks lie between this process and the one that called
 * store_seats_prepare first. What was open in a parent is not to be touched in
 * a child: who keeps something open keeps this number with it.
 */
unsigned long store_seats_generation(void);

#endif
