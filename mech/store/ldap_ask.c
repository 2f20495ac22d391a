#include "store/ldap_ask.h"

#include <stdio.h>
#include <string.h>

#include "store/ldap_clock.h"

/* Put the question over a connection that is there or is made; *fresh says
 * which, and is told likewise. */
static enum ldap_answer
put_over(struct ldap_client *client, struct ldap_question *q,
         struct ldap_slot *slot, bool *fresh, struct sentence *words)
{
    struct ldap_connection *c = &slot->connection;

    *fresh = c->ld == NULL;
    if (*fresh &&
        !ldap_connection_open(
            c, &client->location.servers[slot->server], &client->config,
            ldap_clock_within(q->deadline, client->config.connect_timeout),
            words))
        return LDAP_BROKEN;
    c->socket.deadline = ldap_clock_within(q->deadline, q->patience);
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

    ldap_pool_lock();
    failed = state->failures > 0 && state->failed > began;
    if (failed)
        *words = state->complaint;
    ldap_pool_unlock();
    return failed;
}

/* Whether all time was over before a server can be said not to answer: it went
 * by while somebody waited for a connection, or for other servers. */
static bool
had_little_time(const struct ldap_slot *slot, const struct ldap_question *q,
                uint64_t asked)
{
    uint64_t now = ldap_clock();

    return slot->connection.socket.late && now >= q->deadline &&
           now - asked < q->patience / 2;
}

/* A connection that was kept may have been closed by the other side: that says
 * nothing of the server, which is asked once more. */
static enum ldap_answer
ask_server(struct ldap_client *client, struct ldap_question *q, unsigned server,
           struct sentence *words)
{
    uint64_t began = ldap_clock(), asked;
    struct ldap_slot *slot = ldap_pool_take(&client->pool, server, q->deadline);
    enum ldap_answer answer;
    bool fresh;

    if (slot == NULL) {
        sentence_write(words, "all %d connections are in use",
                       LDAP_CONNECTIONS_MAX);
        return LDAP_UNASKED;
    }
    if (has_failed_since(client, server, began, words)) {
        ldap_pool_leave(&client->pool, slot, true);
        return LDAP_BROKEN;
    }
    asked = ldap_clock();
    answer = put_over(client, q, slot, &fresh, words);
    if (answer == LDAP_BROKEN && had_little_time(slot, q, asked)) {
        ldap_pool_leave(&client->pool, slot, false);
        return LDAP_UNASKED;
    }
    if (answer == LDAP_BROKEN)
        ldap_pool_forget(&client->pool, server);
    if (answer == LDAP_BROKEN && !fresh && !slot->connection.socket.late &&
        !q->spent) {
        ldap_connection_close(&slot->connection);
        answer = put_over(client, q, slot, &fresh, words);
    }
    ldap_pool_leave(&client->pool, slot, answer != LDAP_BROKEN);
    return answer;
}

/* What all of them say, one behind the other. */
static void
add_words(struct sentence *all, const struct ldap_server *server,
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
            add_words(all, &client->location.servers[i],
                      &client->states[i].complaint);
    }
}

static void
take_note(struct ldap_client *client, int server, enum ldap_answer answer,
          uint64_t began, const struct sentence *words)
{
    uint64_t now = ldap_clock();

    if (answer == LDAP_UNASKED)
        return;
    ldap_pool_lock();
    if (answer == LDAP_BROKEN)
        ldap_server_failed(&client->states[server], now, now - began, words);
    else
        ldap_server_worked(&client->states[server]);
    ldap_pool_unlock();
}

enum scram_status
ldap_ask(struct ldap_client *client, struct ldap_question *q,
         struct sentence *why)
{
    struct ldap_round round = {client->states, client->location.count, 0,
                               q->hurry};
    struct sentence all = {""}, words;
    enum ldap_answer answer;
    bool declined = false;
    uint64_t began;
    int server;

    for (;;) {
        began = ldap_clock();
        ldap_pool_lock();
        server = ldap_round_next(&round, began,
                                 client->config.connect_timeout + q->patience);
        if (server < 0)
            add_complaints(client, &round, &all);
        ldap_pool_unlock();
        if (server < 0)
            break;
        words.text[0] = '\0';
        answer = ask_server(client, q, (unsigned)server, &words);
        take_note(client, server, answer, began, &words);
        if (answer == LDAP_ANSWERED && words.text[0] == '\0')
            return q->status;
        add_words(&all, &client->location.servers[server], &words);
        if (answer == LDAP_ANSWERED) {
            sentence_write(why, "%s", all.text);
            return q->status;
        }
        declined = declined || answer == LDAP_DECLINED;
        if (q->spent || ldap_clock_left(q->deadline) == 0)
            break;
    }
    sentence_write(why, "the directory does not answer: %s", all.text);
    return declined ? SCRAM_STORE_FAILED : SCRAM_STORE_ABSENT;
}
