# The unit tests: a program for each file under mech/.
UNIT_TESTS = \
	tests/unit/account_test \
	tests/unit/acceptor_test \
	tests/unit/agent_path_test \
	tests/unit/ask_test \
	tests/unit/base64_test \
	tests/unit/broker_test \
	tests/unit/config_test \
	tests/unit/config_broker_test \
	tests/unit/config_file_test \
	tests/unit/config_ldap_test \
	tests/unit/config_value_test \
	tests/unit/cred_test \
	tests/unit/cred_token_test \
	tests/unit/credentials_test \
	tests/unit/credentials_change_test \
	tests/unit/credentials_text_test \
	tests/unit/edges_test \
	tests/unit/environment_test \
	tests/unit/exported_test \
	tests/unit/file_image_test \
	tests/unit/file_line_test \
	tests/unit/file_place_test \
	tests/unit/file_tally_test \
	tests/unit/frame_test \
	tests/unit/groups_test \
	tests/unit/gs2_test \
	tests/unit/initiator_test \
	tests/unit/keys_test \
	tests/unit/ldap_test \
	tests/unit/ldap_cache_test \
	tests/unit/ldap_change_test \
	tests/unit/ldap_check_test \
	tests/unit/ldap_client_test \
	tests/unit/ldap_connection_test \
	tests/unit/ldap_filter_test \
	tests/unit/ldap_group_test \
	tests/unit/ldap_list_test \
	tests/unit/ldap_location_test \
	tests/unit/ldap_remembers_test \
	tests/unit/ldap_servers_test \
	tests/unit/ldap_value_test \
	tests/unit/store_look_up_test \
	tests/unit/store_change_test \
	tests/unit/store_contract_test \
	tests/unit/store_crash_test \
	tests/unit/store_fork_test \
	tests/unit/store_threads_test \
	tests/unit/store_replaced_test \
	tests/unit/log_test \
	tests/unit/message_test \
	tests/unit/oid_test \
	tests/unit/pack_test \
	tests/unit/private_file_test \
	tests/unit/prove_agent_test \
	tests/unit/prove_keys_test \
	tests/unit/random_test \
	tests/unit/register_test \
	tests/unit/rfc4121_context_test \
	tests/unit/rfc4121_crypto_test \
	tests/unit/rfc4121_derive_test \
	tests/unit/rfc4121_iov_test \
	tests/unit/rfc4121_iov_k5_test \
	tests/unit/rfc4121_iov_stream_test \
	tests/unit/rfc4121_message_test \
	tests/unit/rfc4121_prf_test \
	tests/unit/rfc4121_seal_test \
	tests/unit/rfc4121_state_test \
	tests/unit/rfc4121_token_test \
	tests/unit/rfc4121_unwrap_test \
	tests/unit/rfc4121_window_test \
	tests/unit/rfc4121_wrap_test \
	tests/unit/saslname_test \
	tests/unit/saslprep_test \
	tests/unit/sentence_test \
	tests/unit/signature_test \
	tests/unit/slice_test \
	tests/unit/status_test \
	tests/unit/store_test \
	tests/unit/throttle_test \
	tests/unit/trace_test \
	tests/unit/verify_contract_test \
	tests/unit/verifier_test \
	tests/unit/wire_admin_test \
	tests/unit/wire_agent_test \
	tests/unit/wire_test

check_LTLIBRARIES += libunit.la
libunit_la_SOURCES = \
	tests/unit/client.h \
	tests/unit/copied.h \
	tests/unit/fake_broker.c tests/unit/fake_broker.h \
	tests/unit/fake_daemon.c tests/unit/fake_daemon.h \
	tests/unit/fake_directory.c tests/unit/fake_directory.h \
	tests/unit/k5crypto.c tests/unit/k5crypto.h \
	tests/unit/listener.c tests/unit/listener.h \
	tests/unit/log_daemon.c tests/unit/log_daemon.h \
	tests/unit/page_edge.c tests/unit/page_edge.h \
	tests/unit/rfc4121_pair.c tests/unit/rfc4121_pair.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/stores.c tests/unit/stores.h
UNIT_LIBS = libunit.la libwriter.la libface.la libcore.la
UNIT_LDADD = $(UNIT_LIBS) $(CHECK_LIBS) $(KRB5_LIBS)
LDADD_tests_unit = $(UNIT_LDADD)
$(UNIT_TESTS): $(UNIT_LIBS)

# A directory in memory takes the place of the client of one.
FAKE_LINK = $(AM_LDFLAGS) -Wl,--wrap=ldap_client_open \
	-Wl,--wrap=ldap_client_search -Wl,--wrap=ldap_client_modify \
	-Wl,--wrap=ldap_client_close
LDAP_LDADD = libdirectory.la $(LDADD)
tests_unit_ldap_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_test_LDFLAGS = $(FAKE_LINK)
tests_unit_ldap_cache_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_change_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_change_test_LDFLAGS = $(FAKE_LINK)
tests_unit_ldap_check_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_check_test_LDFLAGS = $(FAKE_LINK)
tests_unit_ldap_client_test_LDADD = $(LDAP_LDADD)
# libldap's resolver is looked for in the program first.
tests_unit_ldap_client_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_unit_ldap_connection_test_LDADD = $(LDAP_LDADD) $(LDAP_LIBS)
tests_unit_ldap_filter_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_group_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_list_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_list_test_LDFLAGS = $(FAKE_LINK)
tests_unit_ldap_location_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_remembers_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_remembers_test_LDFLAGS = $(FAKE_LINK) \
	-Wl,--wrap=clock_gettime
tests_unit_ldap_servers_test_LDADD = $(LDAP_LDADD)
tests_unit_ldap_value_test_LDADD = $(LDAP_LDADD)

# How often the acceptor hashes is counted.
tests_unit_acceptor_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=scram_h

# What is to last fails, and is done in its order.
tests_unit_credentials_change_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=fsync -Wl,--wrap=rename

# What a store is told is counted.
tests_unit_verify_contract_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=store_mark_stale

# A minute passes at once.
tests_unit_register_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

# A thread comes between, and what libcrypto computes fails.
tests_unit_rfc4121_state_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=calloc -Wl,--wrap=rfc4121_crypto_new
tests_unit_keys_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=EVP_MAC_final
tests_unit_rfc4121_prf_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=EVP_EncryptUpdate

# What the cache derives is counted.
tests_unit_prove_keys_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=scram_keys_derive

tests_unit_throttle_test_LDADD = libbroker.la $(LDADD)

THREAD_TESTS += \
	tests/unit/prove_keys_test tests/unit/ldap_client_test \
	tests/unit/store_threads_test tests/unit/random_test \
	tests/unit/rfc4121_state_test tests/unit/register_test

noinst_HEADERS += \
	tests/unit/noise.h tests/unit/rfc4121_buffers.h tests/unit/unit.h \
	tests/unit/vectors.h
