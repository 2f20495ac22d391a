#include "directory/ask.h"

#include <stdio.h>
#include <string.h>

#include "directory/clock.h"

/* Make the connection, if there is none, and put the question over it. */
static enum ldap_answer
put_over(struct ldap_client *client, struct ldap_question *q,
         struct ldap_slot *slot, struct sentence *words)
{
    struct ldap_connection *c = &slot->connection;

    if (c->ld == NULL &&
        !ldap_connection_open(
            c, &client->location.servers[slot->server], &client->config,
            ldap_clock_within(q->deadline, client->config.connect_timeout),
            words))
        return LDAP_BROKEN;
    ldap_connection_until(c, ldap_clock_within(q->deadline, q->patience));
    return q->put(c, q, words);
}

/* Whether others have found out that a server does not answer while this
 * thread waited for its turn, and what they found. */
static bool
has_failed_since(struct ldap_client *client, unsigned server, uint64_t began,
                 struct sentence *words)
{
    const struct ldap_server_state *state = &client->states[server];
    bool failed;

    ldap_pool_lock(&client->pool);
    failed = state->failures > 0 && state->failed > began;
    if (failed)
        *words = state->complaint;
    ldap_pool_unlock(&client->pool);
    return failed;
}

/* Whether all time was over before a server can be said not to answer: it went
 * by while somebody waited for a connection, or for other servers. */
static bool
had_little_time(const struct ldap_slot *slot, const struct ldap_question *q,
                uint64_t asked)
{
    uint64_t now = ldap_clock();

    return slot->connection.late && now >= q->deadline &&
           now - asked < q->patience / 2;
}

static void
take_note(struct ldap_client *client, unsigned server, enum ldap_answer answer,
          uint64_t began, const struct sentence *words)
{
    uint64_t now = ldap_clock();

    ldap_pool_lock(&client->pool);
    if (answer == LDAP_BROKEN)
        ldap_server_failed(&client->states[server], now, now - began, words);
    else if (answer != LDAP_UNASKED)
        ldap_server_worked(&client->states[server]);
    ldap_pool_unlock(&client->pool);
}

/* Ask over a place that was taken. What comes of it is noted before others may
 * make a connection: one that cannot be made costs its time once. */
static enum ldap_answer
ask_over(struct ldap_client *client, struct ldap_question *q,
         struct ldap_slot *slot, struct sentence *words)
{
    uint64_t asked = ldap_clock();
    bool fresh = slot->connection.ld == NULL;
    enum ldap_answer answer = put_over(client, q, slot, words);

    if (answer == LDAP_BROKEN && had_little_time(slot, q, asked))
        answer = LDAP_UNASKED;
    /* A connection that was kept may have been closed by the other side: that
     * says nothing of the server. */
    else if (answer == LDAP_BROKEN && !fresh && !slot->connection.late &&
             !q->spent)
        answer = LDAP_CLOSED;
    else
        take_note(client, slot->server, answer, asked, words);
    if (answer == LDAP_BROKEN || answer == LDAP_CLOSED)
        ldap_pool_forget(&client->pool, slot->server);
    if (fresh)
        ldap_pool_opened(&client->pool, slot);
    ldap_pool_leave(&client->pool, slot,
                    answer == LDAP_ANSWERED || answer == LDAP_DECLINED);
    return answer;
}

/* Why there is no place to ask over. */
static enum ldap_answer
take_no_place(struct ldap_client *client, unsigned server,
              enum ldap_pool_taken taken, uint64_t began,
              struct sentence *words)
{
    if (taken == LDAP_POOL_FULL) {
        sentence_write(words, "all %d connections are in use",
                       LDAP_CONNECTIONS_MAX);
        return LDAP_UNASKED;
    }
    sentence_write(words, "%s (Timed out)", ldap_err2string(LDAP_SERVER_DOWN));
    take_note(client, server, LDAP_BROKEN, began, words);
    return LDAP_BROKEN;
}

static enum ldap_answer
ask_server(struct ldap_client *client, struct ldap_question *q, unsigned server,
           struct sentence *words)
{
    uint64_t began = ldap_clock();
    enum ldap_answer answer = LDAP_CLOSED;
    enum ldap_pool_taken taken;
    struct ldap_slot *slot;

    while (answer == LDAP_CLOSED) {
        words->text[0] = '\0';
        taken = ldap_pool_take(&client->pool, server, q->deadline,
                               client->config.connect_timeout, &slot);
        if (taken != LDAP_POOL_OPEN && taken != LDAP_POOL_TO_OPEN)
            return take_no_place(client, server, taken, began, words);
        if (has_failed_since(client, server, began, words)) {
            if (taken == LDAP_POOL_TO_OPEN)
                ldap_pool_opened(&client->pool, slot);
            ldap_pool_leave(&client->pool, slot, true);
            return LDAP_BROKEN;
        }
        answer = ask_over(client, q, slot, words);
    }
    return answer;
}

/* What all of them say, one behind the other. */
static void
ldap_ask_add_words(struct sentence *all, const struct ldap_server *server,
                   const struct sentence *words)
{
    size_t len = strlen(all->text);

    snprintf(all->text + len, sizeof(all->text) - len, "%s%s: %s",
             len == 0 ? "" : "; ", server->url, words->text);
}

/* Those that were not asked, because they have just failed. */
static void
add_complaints(struct ldap_client *client, const struct ldap_round *round,
               struct sentence *all)
{
    unsigned i;

    for (i = 0; i < round->count; i++) {
        if (!(round->asked & 1u << i))
            ldap_ask_add_words(all, &client->location.servers[i],
                               &client->states[i].complaint);
    }
}

enum scram_status
ldap_ask(struct ldap_client *client, struct ldap_question *q,
         struct sentence *why)
{
    struct ldap_round round = {client->states, client->location.count, 0,
                               q->fail_fast};
    struct sentence all = {""}, words;
    enum ldap_answer answer;
    bool declined = false;
    int server;

    for (;;) {
        ldap_pool_lock(&client->pool);
        server = ldap_round_next(&round, ldap_clock(),
                                 client->config.connect_timeout + q->patience);
        if (server < 0)
            add_complaints(client, &round, &all);
        ldap_pool_unlock(&client->pool);
        if (server < 0)
            break;
        answer = ask_server(client, q, (unsigned)server, &words);
        if (answer == LDAP_ANSWERED && words.text[0] == '\0')
            return q->status;
        ldap_ask_add_words(&all, &client->location.servers[server], &words);
        if (answer == LDAP_ANSWERED) {
            sentence_write(why, "%s", all.text);
            return q->status;
        }
        declined = declined || answer == LDAP_DECLINED;
        if (q->spent || ldap_clock_left(q->deadline) == 0)
            break;
    }
    if (declined)
        sentence_write(why, "%s", all.text);
    else
        sentence_write(why, "the directory cannot be used: %s", all.text);
    return declined ? SCRAM_STORE_FAILED : SCRAM_STORE_ABSENT;
}
