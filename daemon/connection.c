#include "daemon/connection.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/share.h"
#include "wire/message.h"

struct connection {
    struct loop_source source;  /* first: what the loop knows */
    struct share_member member; /* and what its account's share does */
    struct connections *all;
    const struct listener *listener;
    const struct request_table *table;
    struct peer peer;
    bool greeted;
    bool watched; /* by the loop: not while a request is under way */
    bool busy;    /* a request is under way */
};

struct listener {
    struct loop_source source; /* first */
    struct connections *all;
    connections_judge *judge;
    void *data;
    struct listener *next;
};

struct connections {
    struct loop *loop;
    struct shares shares;
    struct listener *listeners;
    const struct request_table *strangers;
    struct connection_counts *counts;
    struct debug *debug;
    unsigned most;
    uint8_t message[WIRE_MESSAGE_MAX];
    uint8_t answer[WIRE_MESSAGE_MAX];
};

static struct connection *
connection_of(struct share_member *member)
{
    return (struct connection *)((char *)member -
                                 offsetof(struct connection, member));
}

static void
show(const struct connection *c, const char *what)
{
    if (debug_is_on(c->all->debug))
        debug_line(c->all->debug, &c->peer, what);
}

/* End a connection, and say why to who debugs. One that is busy is released
 * once its request is answered. */
static void
connection_end(struct connection *c, const char *why)
{
    show(c, why);
    if (c->source.fd >= 0) {
        if (c->watched)
            loop_remove(c->all->loop, &c->source);
        close(c->source.fd);
        c->source.fd = -1;
        c->watched = false;
        c->all->counts->connections--;
    }
    if (c->busy)
        return;
    share_leave(&c->all->shares, &c->member);
    free(c);
}

/* End one for what the peer did. */
static void
refuse_peer(struct connection *c, const char *why)
{
    c->all->counts->ended++;
    connection_end(c, why);
}

static void
show_message(const struct connection *c, const struct request_op *op,
             struct slice message, bool is_answer)
{
    if (debug_is_on(c->all->debug))
        debug_message(c->all->debug, &c->peer, op->show, message, is_answer);
}

/* Send an answer; false where the connection ended, as the peer takes none. One
 * request is under way at a time, so there is room for its answer. */
static bool
send_answer(struct connection *c, struct slice answer)
{
    ssize_t n;

    do {
        n = send(c->source.fd, answer.data, answer.len,
                 MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n == (ssize_t)answer.len)
        return true;
    connection_end(c, "ended: its answer is not taken");
    return false;
}

static const struct request_op *
find_op(const struct request_table *table, struct slice message)
{
    const struct request_op *op = table->ops;

    while (op->take != NULL && op->op != wire_op(message))
        op++;
    return op->take == NULL ? NULL : op;
}

static void
request_ends(struct connection *c)
{
    c->busy = false;
    c->all->counts->requests--;
    share_request_end(&c->member);
}

/* Have a request's function answer it. */
static void
take_request(struct connection *c, const struct request_op *op,
             struct slice message)
{
    struct buffer answer = BUFFER_ARRAY(c->all->answer);
    struct request request = {c, &c->peer, message, &answer};
    enum request_end how = REQUEST_ANSWERED;
    bool there;

    if (!share_request_begin(&c->all->shares, &c->member)) {
        c->all->counts->requests_refused++;
        op->refuse(SCRAM_NO_RESOURCES,
                   "too many requests of this account are under way already",
                   &answer);
    } else {
        c->busy = true;
        c->all->counts->requests++;
        how = op->take(c->table->data, &request, &c->greeted);
        if (how == REQUEST_LATER || how == REQUEST_WORKING) {
            loop_remove(c->all->loop, &c->source);
            c->watched = false;
            if (how == REQUEST_WORKING)
                (void)connection_working(c, buffer_slice(&answer));
            return;
        }
        request_ends(c);
    }
    if (how == REQUEST_MALFORMED) {
        refuse_peer(c, "ended: its message is malformed");
        return;
    }
    show_message(c, op, buffer_slice(&answer), true);
    there = send_answer(c, buffer_slice(&answer));
    OPENSSL_cleanse(answer.data, answer.len);
    if (there && how == REQUEST_ANSWERED_LAST)
        connection_end(c, "ended: nothing more is taken of this account");
}

static void
take_message(struct connection *c, struct slice message)
{
    const struct request_op *op = find_op(c->table, message);

    if (op == NULL || (!c->greeted && !op->greets)) {
        refuse_peer(c, op == NULL
                           ? "ended: there is no request of this kind"
                           : "ended: its request comes before the greeting");
        return;
    }
    show_message(c, op, message, false);
    share_touch(&c->member);
    take_request(c, op, message);
}

/* Take one message: the module waits for its answer, so that another one is
 * hardly ever there, and then it is others' turn first. */
static void
connection_ready(struct loop_source *source)
{
    static const char *const why[] = {
        [PEER_ENDED] = "ended by the peer",
        [PEER_CUT] = "ended: its message is too long",
        [PEER_PASSES] = "ended: its message passes descriptors",
        [PEER_CHANGED] = "ended: its message is from another account",
    };
    struct connection *c = (struct connection *)source;
    struct connections *all = c->all;
    struct slice message = {NULL, 0};
    enum peer_received received = peer_receive(
        source->fd, &c->peer, all->message, sizeof(all->message), &message);

    if (received == PEER_MESSAGE) {
        take_message(c, message);
        OPENSSL_cleanse(all->message, message.len);
    } else if (received == PEER_ENDED) {
        connection_end(c, why[received]);
    } else if (received != PEER_NOTHING) {
        /* One that is not taken may have a password in it, too. */
        OPENSSL_cleanse(all->message, sizeof(all->message));
        refuse_peer(c, why[received]);
    }
}

bool
connection_working(struct connection *c, struct slice answer)
{
    const struct request_op *op = find_op(c->table, answer);

    if (c->source.fd < 0)
        return false;
    show_message(c, op, answer, true);
    return send_answer(c, answer);
}

void
connection_answer(struct connection *c, struct slice answer)
{
    const struct request_op *op = find_op(c->table, answer);

    request_ends(c);
    if (c->source.fd >= 0)
        c->watched = loop_add(c->all->loop, &c->source);
    if (!c->watched || op == NULL) {
        connection_end(c, "ended: its request cannot be answered");
        return;
    }
    show_message(c, op, answer, true);
    (void)send_answer(c, answer);
}

/* Make room for one more; false where there is none. */
static bool
connection_make_room(struct connections *all, uid_t uid, bool stranger)
{
    struct share_member *m = NULL;

    if (share_is_full(&all->shares, uid, stranger))
        m = share_gives_way(&all->shares, uid, stranger);
    else if (all->shares.members >= all->most)
        m = share_gives_way_to_all(&all->shares);
    else
        return true;
    if (m == NULL)
        return false;
    all->counts->given_way++;
    connection_end(connection_of(m),
                   "ended: it gives way to another connection");
    return true;
}

/* Begin to serve a peer; false where that cannot be. */
static bool
connection_begin(struct listener *l, int fd)
{
    struct connections *all = l->all;
    struct connection *c;
    const struct request_table *table;
    struct peer peer;
    bool stranger;

    if (!peer_begin(fd, &peer) ||
        (table = l->judge(l->data, fd, &peer)) == NULL)
        return false;
    stranger = table == all->strangers;
    all->counts->strangers += stranger;
    if (!connection_make_room(all, peer.uid, stranger))
        return false;
    c = calloc(1, sizeof(*c));
    if (c == NULL ||
        !share_enter(&all->shares, peer.uid, stranger, &c->member)) {
        free(c);
        return false;
    }
    c->source = (struct loop_source){fd, connection_ready};
    c->all = all;
    c->listener = l;
    c->table = table;
    c->peer = peer;
    c->watched = loop_add(all->loop, &c->source);
    all->counts->connections++;
    all->counts->accepted++;
    show(c, stranger ? "connected, and is not entitled" : "connected");
    if (!c->watched)
        connection_end(c, "ended: it cannot be watched");
    return true;
}

static void
listener_ready(struct loop_source *source)
{
    struct listener *l = (struct listener *)source;
    struct share_member *m;
    unsigned i;
    int fd;

    for (i = 0; i < CONNECTIONS_TURN; i++) {
        fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (!connection_begin(l, fd))
                close(fd);
            continue;
        }
        if (errno != EMFILE && errno != ENFILE)
            return;
        m = share_gives_way_to_all(&l->all->shares);
        if (m == NULL)
            return;
        l->all->counts->given_way++;
        connection_end(connection_of(m), "ended: no descriptor is left");
    }
}

bool
connections_listen(struct connections *all, int fd, connections_judge *judge,
                   void *data)
{
    struct listener *l = calloc(1, sizeof(*l));

    if (l == NULL)
        return false;
    *l = (struct listener){
        {fd, listener_ready}, all, judge, data, all->listeners};
    if (!loop_add(all->loop, &l->source)) {
        free(l);
        return false;
    }
    all->listeners = l;
    return true;
}

/* share_visit */
static void
judge_again(void *data, struct share_member *member)
{
    struct connection *c = connection_of(member);
    const struct listener *l = c->listener;

    (void)data;
    if (c->source.fd >= 0 &&
        l->judge(l->data, c->source.fd, &c->peer) != c->table)
        connection_end(c, "ended: who is entitled has changed");
}

void
connections_judge_again(struct connections *all)
{
    share_visit_all(&all->shares, judge_again, NULL);
}

struct connections *
connections_new(struct loop *loop, unsigned most,
                const struct request_table *strangers,
                struct connection_counts *counts, struct debug *debug)
{
    struct connections *all = calloc(1, sizeof(*all));

    if (all == NULL)
        return NULL;
    all->loop = loop;
    all->shares.each = CONNECTIONS_EACH;
    all->shares.strangers_most = CONNECTIONS_STRANGERS;
    all->shares.requests_each = CONNECTIONS_REQUESTS;
    all->strangers = strangers;
    all->counts = counts;
    all->debug = debug;
    all->most = most;
    return all;
}

/* share_visit */
static void
end_one(void *data, struct share_member *member)
{
    (void)data;
    connection_end(connection_of(member), "ended: the daemon stops");
}

void
connections_free(struct connections *all)
{
    struct listener *l;

    share_visit_all(&all->shares, end_one, NULL);
    while ((l = all->listeners) != NULL) {
        all->listeners = l->next;
        loop_remove(all->loop, &l->source);
        close(l->source.fd);
        free(l);
    }
    free(all);
}
