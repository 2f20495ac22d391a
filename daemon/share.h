/*
 * What share of the connections each account has, and which of them were idle
 * longest.
 */
#ifndef DAEMON_SHARE_H
#define DAEMON_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

struct share;

/* A connection in its account's share. */
struct share_member {
    struct share *share;
    struct share_member *older, *newer; /* by when it was touched last */
    bool busy;
};

/* Those of one account, or of all strangers. */
struct share {
    bool strangers;
    uid_t uid;
    unsigned members, requests;
    struct share_member *oldest, *newest;
    struct share *next;
};

#define SHARE_CHAINS 256

struct shares {
    struct share *chains[SHARE_CHAINS], strangers;
    unsigned each, strangers_most; /* members at most */
    unsigned requests_each;        /* of them that are busy at once */
    unsigned members;              /* of all */
};

/*
 * Enter an account's share, as the one that was touched last.
 *
 * @return false without memory
 */
bool share_enter(struct shares *shares, uid_t uid, bool stranger,
                 struct share_member *member);

void share_leave(struct shares *shares, struct share_member *member);

/* It is not idle: it becomes the one that was touched last. */
void share_touch(struct share_member *member);

/*
 * A request begins; false where the account has too many under way, and then
 * it does not.
 */
bool share_request_begin(struct shares *shares, struct share_member *member);
void share_request_end(struct share_member *member);

/* The member that gives way when its account has one more: the one that was
 * idle longest. NULL where there is room, or all are busy: see share_is_full.
 */
struct share_member *share_gives_way(const struct shares *shares, uid_t uid,
                                     bool stranger);

/* Whether the account's share is full. */
bool share_is_full(const struct shares *shares, uid_t uid, bool stranger);

/* The one that gives way to somebody else's: the longest idle one of the
 * account that has the most; NULL where all are busy. */
struct share_member *share_gives_way_to_all(const struct shares *shares);

/* One call for each member; it may leave, and no other one may. */
typedef void share_visit(void *data, struct share_member *member);
void share_visit_all(struct shares *shares, share_visit *visit, void *data);

#endif
