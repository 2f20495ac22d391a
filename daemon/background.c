#include "daemon/background.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/config_broker.h"
#include "daemon/seal_file.h"

#define STOP_SECONDS 2 /* that it may take until it notices */

struct background {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped, reload, retry; /* guarded by the lock */
    struct loop *loop;
    const char *folder;
    const struct background_ops *ops;
    void *data;
    /* The thread's own. */
    const struct accounts *accounts; /* what was handed over last */
    struct seal_keys keys;
    char said[sizeof(struct sentence)]; /* the last trouble */
    uint64_t refresh_at, retry_at, renew_at;
};

/* What is handed over: accounts, keys or a sentence. */
struct news {
    struct loop_task task;            /* first */
    const struct background_ops *ops; /* the thread may have ended by now */
    void *data;
    struct accounts *accounts;
    bool read, has_keys;
    struct seal_keys keys;
    struct sentence trouble;
};

/* loop_task, in the serving thread */
static void
take_news(struct loop_task *task)
{
    struct news *n = (struct news *)task;

    if (n->has_keys)
        n->ops->keys(n->data, &n->keys);
    if (n->trouble.text[0] != '\0')
        n->ops->trouble(n->data, n->trouble.text, n->read);
    if (n->accounts != NULL)
        n->ops->accounts(n->data, n->accounts, n->read);
    seal_keys_wipe(&n->keys);
    free(n);
}

/* Hand news over; false without memory. */
static bool
background_hand_over(struct background *b, const struct news *news)
{
    struct news *n = malloc(sizeof(*n));

    if (n == NULL)
        return false;
    *n = *news;
    n->task.run = take_news;
    n->ops = b->ops;
    n->data = b->data;
    loop_post(b->loop, &n->task);
    return true;
}

/* What stays wrong is said once. */
static void
hand_over_trouble(struct background *b, const struct sentence *why, bool read)
{
    struct news news = {.read = read, .trouble = *why};

    if (!read && strcmp(b->said, why->text) == 0)
        return;
    memcpy(b->said, why->text, sizeof(b->said));
    if (why->text[0] != '\0')
        (void)background_hand_over(b, &news);
}

static void
background_find_out(struct background *b, bool read)
{
    struct config_broker config CLEANUP_CONFIG_BROKER = {0};
    struct accounts *accounts = NULL;
    struct sentence why = {""};
    struct news news = {.read = read};
    enum scram_status status;

    if (!read)
        status = accounts_refresh(b->accounts, &accounts, &why);
    else if ((status = config_broker_load(&config, &why)) == SCRAM_OK)
        status = accounts_read(&config, b->accounts, &accounts, &why);
    if (status != SCRAM_OK) {
        hand_over_trouble(b, &why, read);
        return;
    }
    hand_over_trouble(b, &accounts->trouble, false);
    news.accounts = accounts;
    if (background_hand_over(b, &news))
        b->accounts = accounts;
    else
        accounts_free(accounts);
}

static void
renew_keys(struct background *b)
{
    struct news news = {.has_keys = true};
    struct sentence why = {""};

    if (seal_file_renew(b->folder, seal_now(), &b->keys, &why) != SCRAM_OK) {
        hand_over_trouble(b, &why, false);
        return;
    }
    news.keys = b->keys;
    (void)background_hand_over(b, &news);
    seal_keys_wipe(&news.keys);
}

/* Do what is due. */
static void
background_work(struct background *b, bool reload, bool retry)
{
    uint64_t now = clock_milliseconds(CLOCK_MONOTONIC);
    bool failed = accounts_have_failed(b->accounts);

    if (seal_file_is_due(&b->keys, seal_now()) && now >= b->renew_at) {
        b->renew_at = now + BACKGROUND_RENEW;
        renew_keys(b);
    }
    if (reload || retry || now >= b->refresh_at ||
        (failed && now >= b->retry_at)) {
        background_find_out(b, reload);
        b->refresh_at =
            clock_milliseconds(CLOCK_MONOTONIC) + BACKGROUND_REFRESH;
        b->retry_at = clock_milliseconds(CLOCK_MONOTONIC) + BACKGROUND_RETRY;
    }
}

/* Wait for a second, or until somebody wants something; with the lock. */
static void
wait_a_second(struct background *b)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    (void)pthread_cond_timedwait(&b->changed, &b->lock, &until);
}

static void *
background_run(void *data)
{
    struct background *b = data;
    bool reload, retry;

    pthread_mutex_lock(&b->lock);
    while (!b->stopped) {
        reload = b->reload;
        retry = b->retry;
        b->reload = b->retry = false;
        pthread_mutex_unlock(&b->lock);
        background_work(b, reload, retry);
        pthread_mutex_lock(&b->lock);
        if (!b->stopped && !b->reload && !b->retry)
            wait_a_second(b);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct background *
background_start(struct loop *loop, const char *folder,
                 const struct accounts *accounts, const struct seal_keys *keys,
                 const struct background_ops *ops, void *data)
{
    struct background *b = calloc(1, sizeof(*b));
    pthread_condattr_t attributes;

    if (b == NULL)
        return NULL;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&b->lock, NULL);
    b->loop = loop;
    b->folder = folder;
    b->accounts = accounts;
    b->keys = *keys;
    b->ops = ops;
    b->data = data;
    b->refresh_at = clock_milliseconds(CLOCK_MONOTONIC) + BACKGROUND_REFRESH;
    errno = pthread_create(&b->thread, NULL, background_run, b);
    if (errno == 0)
        return b;
    seal_keys_wipe(&b->keys);
    free(b);
    return NULL;
}

void
background_reload(struct background *b)
{
    pthread_mutex_lock(&b->lock);
    b->reload = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

void
background_retry(struct background *b)
{
    pthread_mutex_lock(&b->lock);
    b->retry = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

bool
background_stop(struct background *b)
{
    struct timespec until;

    pthread_mutex_lock(&b->lock);
    b->stopped = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_SECONDS;
    if (pthread_timedjoin_np(b->thread, NULL, &until) != 0)
        return false;
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    seal_keys_wipe(&b->keys);
    free(b);
    return true;
}
