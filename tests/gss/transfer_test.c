/*
 * Established contexts that are exported and imported: what they are, and what
 * their messages are, is what it was.
 */
#include <stdio.h>

#include "transfer.h"

static gss_OID_desc spnego = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

#define TEXT "a message"

static OM_uint32
receive(gss_ctx_id_t to, gss_buffer_t token)
{
    gss_buffer_desc message;
    OM_uint32 minor,
        major = gss_unwrap(&minor, to, token, &message, NULL, NULL);

    ck_assert(!GSS_ERROR(major));
    ck_assert(buffer_is(&message, TEXT));
    gss_release_buffer(&minor, &message);
    return major;
}

/* A message from one end to the other, as the one after those before it. */
static void
say(struct ends e)
{
    gss_buffer_desc message = {strlen(TEXT), (void *)TEXT}, token;
    OM_uint32 minor;

    token = wrap(e.from, TEXT, strlen(TEXT), 1);
    ck_assert_uint_eq(receive(e.to, &token), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    token = wrap(e.from, TEXT, strlen(TEXT), 0);
    ck_assert_uint_eq(receive(e.to, &token), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
    ck_assert_uint_eq(gss_get_mic(&minor, e.from, 0, &message, &token),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_verify_mic(&minor, e.to, &message, &token, NULL),
                      GSS_S_COMPLETE);
    gss_release_buffer(&minor, &token);
}

static void
talk(void)
{
    say(ends(true));
    say(ends(false));
}

START_TEST(messages_go_on_where_they_were)
{
    transfer(&established.client); /* before any message, too */
    transfer(&established.server);
    talk();
    transfer(&established.client);
    talk();
    transfer(&established.server);
    talk();
    transfer(&established.server);
    transfer(&established.client);
    talk();
}
END_TEST

#define SENT 80

/* What was received before is known after, and what was not is too. */
START_TEST(order_is_kept_across_a_transfer)
{
    static const struct {
        int seq;
        OM_uint32 major;
    } after[] = {
        {2, GSS_S_OLD_TOKEN},       {71, GSS_S_DUPLICATE_TOKEN},
        {6, GSS_S_OLD_TOKEN},       {8, GSS_S_UNSEQ_TOKEN},
        {8, GSS_S_DUPLICATE_TOKEN}, {69, GSS_S_UNSEQ_TOKEN},
        {72, GSS_S_COMPLETE},       {75, GSS_S_GAP_TOKEN},
        {74, GSS_S_UNSEQ_TOKEN},    {75, GSS_S_DUPLICATE_TOKEN},
        {76, GSS_S_COMPLETE},
    };
    struct ends e = ends(_i);
    gss_buffer_desc tokens[SENT];
    OM_uint32 minor;
    size_t i;

    for (i = 0; i < SENT; i++)
        tokens[i] = wrap(e.from, TEXT, strlen(TEXT), i % 2);
    ck_assert_uint_eq(receive(e.to, &tokens[0]), GSS_S_COMPLETE);
    ck_assert_uint_eq(receive(e.to, &tokens[2]), GSS_S_GAP_TOKEN);
    transfer(_i ? &established.client : &established.server);
    e = ends(_i);
    ck_assert_uint_eq(receive(e.to, &tokens[2]), GSS_S_DUPLICATE_TOKEN);
    ck_assert_uint_eq(receive(e.to, &tokens[1]), GSS_S_UNSEQ_TOKEN);
    ck_assert_uint_eq(receive(e.to, &tokens[3]), GSS_S_COMPLETE);
    ck_assert_uint_eq(receive(e.to, &tokens[71]), GSS_S_GAP_TOKEN);
    for (i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
        transfer(_i ? &established.client : &established.server);
        e = ends(_i);
        ck_assert_uint_eq(receive(e.to, &tokens[after[i].seq]), after[i].major);
    }
    for (i = 0; i < SENT; i++)
        gss_release_buffer(&minor, &tokens[i]);
}
END_TEST

/* All that can be asked of a context, in words. */
static void
describe_attributes(gss_name_t name, FILE *out)
{
    gss_buffer_set_t attributes = GSS_C_NO_BUFFER_SET;
    int is_mn, authenticated, complete, more;
    OM_uint32 minor;
    size_t i;

    ck_assert_uint_eq(gss_inquire_name(&minor, name, &is_mn, NULL, &attributes),
                      GSS_S_COMPLETE);
    for (i = 0; attributes != NULL && i < attributes->count; i++) {
        gss_buffer_desc value, display;

        more = -1;
        ck_assert_uint_eq(gss_get_name_attribute(&minor, name,
                                                 attributes->elements + i,
                                                 &authenticated, &complete,
                                                 &value, &display, &more),
                          GSS_S_COMPLETE);
        fprintf(out, "%.*s = %.*s (%d, %d)\n",
                (int)attributes->elements[i].length,
                (char *)attributes->elements[i].value, (int)value.length,
                (char *)value.value, authenticated, complete);
        gss_release_buffer(&minor, &value);
        gss_release_buffer(&minor, &display);
    }
    gss_release_buffer_set(&minor, &attributes);
}

static void
describe_name(gss_name_t name, FILE *out)
{
    gss_buffer_desc text, exported;
    gss_OID type;
    OM_uint32 minor;
    size_t i;

    ck_assert_ptr_nonnull(name);
    ck_assert_uint_eq(gss_display_name(&minor, name, &text, &type),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(gss_export_name(&minor, name, &exported), GSS_S_COMPLETE);
    fprintf(out, "%.*s", (int)text.length, (char *)text.value);
    for (i = 0; i < type->length; i++)
        fprintf(out, " %02x", ((uint8_t *)type->elements)[i]);
    for (i = 0; i < exported.length; i++)
        fprintf(out, " %02x", ((uint8_t *)exported.value)[i]);
    fprintf(out, "\n");
    describe_attributes(name, out);
    gss_release_buffer(&minor, &text);
    gss_release_buffer(&minor, &exported);
    gss_release_name(&minor, &name);
}

static void
describe_oid(gss_ctx_id_t context, gss_OID oid, FILE *out)
{
    gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
    OM_uint32 minor;
    OM_uint32 major =
        gss_inquire_sec_context_by_oid(&minor, context, oid, &set);
    size_t i, j;

    fprintf(out, "%x %s:", major, sentence_of(minor, &sha_256));
    for (i = 0; set != GSS_C_NO_BUFFER_SET && i < set->count; i++) {
        for (j = 0; j < set->elements[i].length; j++)
            fprintf(out, "%02x", ((uint8_t *)set->elements[i].value)[j]);
        fprintf(out, ";");
    }
    fprintf(out, "\n");
    gss_release_buffer_set(&minor, &set);
}

static void
describe_prf(gss_ctx_id_t context, int key, FILE *out)
{
    gss_buffer_desc input = {3, (void *)"abc"}, output;
    OM_uint32 minor;
    size_t i;

    ck_assert_uint_eq(
        gss_pseudo_random(&minor, context, key, &input, 40, &output),
        GSS_S_COMPLETE);
    for (i = 0; i < output.length; i++)
        fprintf(out, "%02x", ((uint8_t *)output.value)[i]);
    fprintf(out, "\n");
    gss_release_buffer(&minor, &output);
}

static gss_OID_desc time_left = {GSS_SCRAM_TIME_LEFT_OID_LENGTH,
                                 (void *)GSS_SCRAM_TIME_LEFT_OID};

static char *
describe(gss_ctx_id_t context)
{
    gss_name_t source, target;
    gss_OID mech;
    OM_uint32 minor, flags, lifetime, size;
    int local, open, conf;
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(gss_inquire_context(&minor, context, &source, &target,
                                          &lifetime, &mech, &flags, &local,
                                          &open),
                      GSS_S_COMPLETE);
    ck_assert_uint_ne(flags & GSS_C_TRANS_FLAG, 0);
    fprintf(out, "%x %u %d %d %u %02x\n", flags, lifetime, local, open,
            mech->length, ((uint8_t *)mech->elements)[mech->length - 1]);
    describe_name(source, out);
    describe_name(target, out);
    ck_assert_uint_eq(gss_context_time(&minor, context, &lifetime),
                      GSS_S_COMPLETE);
    fprintf(out, "%u\n", lifetime);
    for (conf = 0; conf < 2; conf++) {
        gss_wrap_size_limit(&minor, context, conf, 0, 1000, &size);
        fprintf(out, "%u\n", size);
    }
    describe_oid(context, GSS_C_INQ_SSPI_SESSION_KEY, out);
    describe_oid(context, GSS_C_SEC_CONTEXT_SASL_SSF, out);
    describe_oid(context, &time_left, out);
    describe_oid(context, &spnego, out);
    describe_prf(context, GSS_C_PRF_KEY_FULL, out);
    describe_prf(context, GSS_C_PRF_KEY_PARTIAL, out);
    fclose(out);
    return text;
}

static void
assert_transfer_keeps_answers(gss_ctx_id_t *context)
{
    char *before = describe(*context), *after;

    transfer(context);
    after = describe(*context);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}

/* Under any name and under one of its own, bound and not, by either mechanism.
 */
START_TEST(every_question_has_the_answer_that_it_had)
{
    struct gss_channel_bindings_struct bindings = {
        .application_data = {4, (void *)"bind"}};
    gss_OID mech = _i & 1 ? &sha_1 : &sha_256;
    gss_OID_set_desc mechs = {1, mech};
    gss_name_t name = name_of("imap@server", GSS_C_NT_HOSTBASED_SERVICE);
    struct handshake h;
    OM_uint32 minor;

    handshake_begin(&h, mech, "alice", "wonderland");
    if (_i & 2)
        h.client_bindings = h.server_bindings = &bindings;
    if (_i & 4) {
        gss_release_cred(&minor, &h.server_cred);
        ck_assert_uint_eq(gss_acquire_cred(&minor, name, 0, &mechs,
                                           GSS_C_ACCEPT, &h.server_cred, NULL,
                                           NULL),
                          GSS_S_COMPLETE);
    }
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_int_eq((h.server_flags & GSS_C_CHANNEL_BOUND_FLAG) != 0,
                     (_i & 2) != 0);
    assert_transfer_keeps_answers(&h.client);
    assert_transfer_keeps_answers(&h.server);
    handshake_end(&h);
    gss_release_name(&minor, &name);
}
END_TEST

/* The contexts of a name that needs care, and one within SPNEGO. */
START_TEST(whatever_carries_a_context_carries_it_on)
{
    gss_OID_set_desc mechs = {1, &sha_256};
    OM_uint32 minor;

    end();
    handshake_begin(&established, _i ? &spnego : &sha_256, "a,b=c", "comma");
    if (_i)
        ck_assert_uint_eq(
            gss_set_neg_mechs(&minor, established.client_cred, &mechs),
            GSS_S_COMPLETE);
    handshake_run(&established);
    ck_assert(handshake_is_complete(&established));
    ck_assert_uint_ne(established.server_flags & GSS_C_TRANS_FLAG, 0);
    ck_assert_uint_ne(established.client_flags & GSS_C_TRANS_FLAG, 0);
    talk();
    assert_transfer_keeps_answers(&established.client);
    assert_transfer_keeps_answers(&established.server);
    talk();
}
END_TEST

/* Take a context, receive and send one message with it, and give it back. */
static void
serve(int from, int to)
{
    gss_buffer_desc token, message, answer;
    OM_uint32 minor;

    while (receive_buffer(from, &token)) {
        gss_ctx_id_t context = import_token(&token);

        gss_release_buffer(&minor, &token);
        ck_assert(receive_buffer(from, &message));
        ck_assert_uint_eq(receive(context, &message), GSS_S_COMPLETE);
        answer = wrap(context, TEXT, strlen(TEXT), 1);
        send_buffer(to, answer);
        gss_release_buffer(&minor, &message);
        gss_release_buffer(&minor, &answer);
        token = export_token(&context);
        send_buffer(to, token);
        gss_release_buffer(&minor, &token);
    }
}

START_TEST(a_context_goes_to_and_fro_between_processes)
{
    gss_ctx_id_t *moving = _i ? &established.client : &established.server;
    struct worker worker = start(serve);
    gss_buffer_desc token, message;
    OM_uint32 minor;
    int round;

    for (round = 0; round < 200; round++) {
        token = export_token(moving);
        send_buffer(worker.to, token);
        gss_release_buffer(&minor, &token);
        message = wrap(ends(_i).from, TEXT, strlen(TEXT), 1);
        send_buffer(worker.to, message);
        gss_release_buffer(&minor, &message);
        ck_assert(receive_buffer(worker.from, &message));
        ck_assert_uint_eq(receive(ends(_i).from, &message), GSS_S_COMPLETE);
        gss_release_buffer(&minor, &message);
        ck_assert(receive_buffer(worker.from, &token));
        *moving = import_token(&token);
        gss_release_buffer(&minor, &token);
        if (round % 10 == 0)
            talk();
    }
    finish(&worker);
}
END_TEST

static void
refuse_export(gss_ctx_id_t *context)
{
    gss_buffer_desc token;
    OM_uint32 minor, flags;

    ck_assert_uint_eq(gss_inquire_context(&minor, *context, NULL, NULL, NULL,
                                          NULL, &flags, NULL, NULL),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(flags & GSS_C_TRANS_FLAG, 0);
    ck_assert_uint_eq(gss_export_sec_context(&minor, context, &token),
                      GSS_S_UNAVAILABLE);
    ck_assert_ptr_nonnull(*context);
    ck_assert_uint_eq(token.length, 0);
}

/* An initiator's with no key, and with one, and an acceptor's. */
START_TEST(a_half_open_context_is_not_exported_and_goes_on)
{
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    refuse_export(&h.client);
    server_step(&h);
    refuse_export(&h.server);
    client_step(&h);
    refuse_export(&h.client);
    refuse_export(&h.server);
    server_step(&h);
    ck_assert_uint_ne(h.server_flags & GSS_C_TRANS_FLAG, 0);
    client_step(&h);
    ck_assert(handshake_is_complete(&h));
    ck_assert_uint_ne(h.client_flags & GSS_C_TRANS_FLAG, 0);
    transfer(&h.client);
    transfer(&h.server);
    handshake_end(&h);
}
END_TEST

START_TEST(a_context_that_was_refused_is_not_exported)
{
    gss_buffer_desc token;
    OM_uint32 minor;
    struct handshake h;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    client_step(&h);
    server_step(&h);
    ck_assert_uint_eq(server_take(&h, "rubbish", 7), GSS_S_DEFECTIVE_TOKEN);
    ck_assert_uint_eq(gss_export_sec_context(&minor, &h.server, &token),
                      GSS_S_NO_CONTEXT);
    handshake_end(&h);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, establish, end);
    tcase_add_test(tests, messages_go_on_where_they_were);
    tcase_add_loop_test(tests, order_is_kept_across_a_transfer, 0, 2);
    tcase_add_loop_test(tests, every_question_has_the_answer_that_it_had, 0, 8);
    tcase_add_loop_test(tests, whatever_carries_a_context_carries_it_on, 0, 2);
    tcase_add_loop_test(tests, a_context_goes_to_and_fro_between_processes, 0,
                        2);
    tcase_add_test(tests, a_half_open_context_is_not_exported_and_goes_on);
    tcase_add_test(tests, a_context_that_was_refused_is_not_exported);
}

int
main(void)
{
    return world_run("transfer", add, 60);
}
