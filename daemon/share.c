#include "daemon/share.h"

#include <stdlib.h>

static struct share *
share_find(const struct shares *shares, uid_t uid, bool stranger)
{
    struct share *s;

    if (stranger)
        return (struct share *)&shares->strangers;
    for (s = shares->chains[uid % SHARE_CHAINS]; s != NULL; s = s->next) {
        if (s->uid == uid)
            return s;
    }
    return NULL;
}

static struct share *
share_make(struct shares *shares, uid_t uid)
{
    struct share *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->uid = uid;
    s->next = shares->chains[uid % SHARE_CHAINS];
    shares->chains[uid % SHARE_CHAINS] = s;
    return s;
}

static void
share_drop(struct shares *shares, struct share *s)
{
    struct share **at = &shares->chains[s->uid % SHARE_CHAINS];

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free(s);
}

static void
append(struct share *s, struct share_member *m)
{
    m->older = s->newest;
    m->newer = NULL;
    if (s->newest != NULL)
        s->newest->newer = m;
    else
        s->oldest = m;
    s->newest = m;
}

static void
share_take_out(struct share *s, struct share_member *m)
{
    if (m->older != NULL)
        m->older->newer = m->newer;
    else
        s->oldest = m->newer;
    if (m->newer != NULL)
        m->newer->older = m->older;
    else
        s->newest = m->older;
}

bool
share_enter(struct shares *shares, uid_t uid, bool stranger,
            struct share_member *member)
{
    struct share *s = share_find(shares, uid, stranger);

    shares->strangers.strangers = true;
    if (s == NULL)
        s = share_make(shares, uid);
    if (s == NULL)
        return false;
    *member = (struct share_member){.share = s};
    append(s, member);
    s->members++;
    shares->members++;
    return true;
}

void
share_leave(struct shares *shares, struct share_member *member)
{
    struct share *s = member->share;

    share_take_out(s, member);
    shares->members--;
    if (--s->members == 0 && !s->strangers)
        share_drop(shares, s);
}

void
share_touch(struct share_member *member)
{
    share_take_out(member->share, member);
    append(member->share, member);
}

bool
share_request_begin(struct shares *shares, struct share_member *member)
{
    if (member->share->requests >= shares->requests_each)
        return false;
    member->share->requests++;
    member->busy = true;
    return true;
}

void
share_request_end(struct share_member *member)
{
    member->share->requests--;
    member->busy = false;
}

bool
share_is_full(const struct shares *shares, uid_t uid, bool stranger)
{
    const struct share *s = share_find(shares, uid, stranger);

    return s != NULL &&
           s->members >= (stranger ? shares->strangers_most : shares->each);
}

static struct share_member *
longest_idle(const struct share *s)
{
    struct share_member *m = s->oldest;

    while (m != NULL && m->busy)
        m = m->newer;
    return m;
}

struct share_member *
share_gives_way(const struct shares *shares, uid_t uid, bool stranger)
{
    return share_is_full(shares, uid, stranger)
               ? longest_idle(share_find(shares, uid, stranger))
               : NULL;
}

struct share_member *
share_gives_way_to_all(const struct shares *shares)
{
    const struct share *most = &shares->strangers, *s;
    unsigned i;

    for (i = 0; i < SHARE_CHAINS; i++) {
        for (s = shares->chains[i]; s != NULL; s = s->next) {
            if (s->members - s->requests > most->members - most->requests)
                most = s;
        }
    }
    return longest_idle(most);
}

static void
visit_one(struct share *s, share_visit *visit, void *data)
{
    struct share_member *m, *next;

    for (m = s->oldest; m != NULL; m = next) {
        next = m->newer;
        visit(data, m);
    }
}

void
share_visit_all(struct shares *shares, share_visit *visit, void *data)
{
    struct share *s, *next;
    unsigned i;

    visit_one(&shares->strangers, visit, data);
    for (i = 0; i < SHARE_CHAINS; i++) {
        for (s = shares->chains[i]; s != NULL; s = next) {
            next = s->next;
            visit_one(s, visit, data);
        }
    }
}
