#include "gss/logins.h"

#include "gss/cred.h"
#include "gss/cred_lock.h"

struct logins logins_of_process;

struct logins *
logins_new(void)
{
    return calloc(1, sizeof(struct logins));
}

void
logins_free(struct logins *logins)
{
    size_t i;

    if (logins == NULL || logins == &logins_of_process)
        return;
    for (i = 0; i < LOGINS_MAX; i++) {
        secret_clear(&logins->logins[i].target);
        cred_release(logins->logins[i].cred);
    }
    free(logins);
}

/* Whether a login is for that pattern and that user. */
static bool
is_for(const struct login *l, struct slice target, const struct name *user)
{
    return l->cred != NULL && slice_equal(secret_slice(&l->target), target) &&
           slice_equal(name_slice(l->cred->name), name_slice(user));
}

static bool
is_same(const struct cred *a, const struct cred *b)
{
    return a->iterations.min == b->iterations.min &&
           a->iterations.max == b->iterations.max &&
           a->password.len == b->password.len &&
           secret_equal(a->password.data, b->password.data, a->password.len);
}

/* The place for a login: that of the same pattern's and user's last one, or
 * that of the one that was of no use for longest. */
static struct login *
find(struct logins *logins, struct slice target, const struct name *user)
{
    struct login *l, *oldest = logins->logins;

    for (l = logins->logins; l < logins->logins + LOGINS_MAX; l++) {
        if (is_for(l, target, user))
            return l;
        if (l->used < oldest->used)
            oldest = l;
    }
    return oldest;
}

struct cred *
logins_settle(struct logins *logins, struct slice target, struct cred *login)
{
    struct cred *unused;
    struct secret pattern, old = {0};
    struct login *l;

    /* Without memory it is not remembered, and does as well. */
    if (!secret_copy(&pattern, target))
        return login;
    cred_lock();
    l = find(logins, target, login->name);
    l->used = ++logins->clock;
    if (is_for(l, target, login->name) && is_same(l->cred, login)) {
        unused = login;
        login = l->cred;
        old = pattern;
    } else {
        unused = l->cred;
        old = l->target;
        l->cred = login;
        l->target = pattern;
    }
    atomic_fetch_add(&login->references, 1);
    cred_unlock();
    secret_clear(&old);
    cred_release(unused);
    return login;
}
