/*
 * How often the module asks for memory for a context: what a handshake takes
 * grows with every time.
 */
#include "world.h"
#include "world_broker.h"

#include <dlfcn.h>
#include <stddef.h>

/*
 * These stand before the C library's: the module finds them first, as this
 * program exports them. What counts is who calls; libgssapi and libcrypto call
 * them too.
 */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);

static bool counting;
static int allocations;

/* What is called between two counts allocates nothing by itself. */
static void
count(const void *caller)
{
    Dl_info info;

    if (!counting)
        return;
    counting = false;
    if (dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
        strstr(info.dli_fname, "gss_scram.so") != NULL)
        allocations++;
    counting = true;
}

void *
malloc(size_t size)
{
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *
calloc(size_t number, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *
realloc(void *memory, size_t size)
{
    count(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

/* The module's allocations in a server's next call, by one that does not ask
 * who the user is: what libgssapi does with a name is its own. */
static int
server_allocates(struct handshake *h, OM_uint32 expected)
{
    OM_uint32 minor;

    gss_release_buffer(&minor, &h->to_client);
    allocations = 0;
    counting = true;
    h->server_major = gss_accept_sec_context(
        &minor, &h->server, h->server_cred, &h->to_server,
        GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &h->to_client, NULL, NULL, NULL);
    counting = false;
    ck_assert_uint_eq(h->server_major, expected);
    return allocations;
}

START_TEST(an_acceptor_allocates_what_it_keeps_and_what_it_returns)
{
    gss_cred_id_t client = user_cred("alice", "wonderland", &sha_256);
    gss_cred_id_t server = server_cred(&sha_256);
    struct handshake h;
    int asks = world_is_brokered(); /* a question and its answer */
    OM_uint32 minor;
    int i;

    for (i = 0; i < 3; i++) {
        handshake_begin(&h, &sha_256, NULL, NULL);
        h.client_cred = client;
        h.server_cred = server;
        client_step(&h);
        /* The context, both messages, the user's name, the token. */
        if (i == 0) /* and what is made once */
            server_step(&h);
        else
            ck_assert_int_eq(server_allocates(&h, GSS_S_CONTINUE_NEEDED),
                             4 + asks);
        client_step(&h);
        /* The user's name and store, the state of messages, the token. */
        ck_assert_int_eq(server_allocates(&h, GSS_S_COMPLETE), 3 + asks);
        h.client_cred = h.server_cred = GSS_C_NO_CREDENTIAL;
        handshake_end(&h);
    }
    gss_release_cred(&minor, &client);
    gss_release_cred(&minor, &server);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests,
                   an_acceptor_allocates_what_it_keeps_and_what_it_returns);
}

int
main(void)
{
    return world_run("allocations", add, 30);
}
