# Through libgssapi, as any application would.
GSS_TESTS = \
	tests/gss/acquire_again_test \
	tests/gss/acquire_test \
	tests/gss/aead_test \
	tests/gss/agent_test \
	tests/gss/broker_test \
	tests/gss/busy_test \
	tests/gss/cred_export_test \
	tests/gss/credentials_test \
	tests/gss/copied_test \
	tests/gss/asking_context_test \
	tests/gss/asking_cred_test \
	tests/gss/asking_mech_test \
	tests/gss/asking_name_test \
	tests/gss/attributes_test \
	tests/gss/deadline_test \
	tests/gss/decoys_test \
	tests/gss/default_cred_test \
	tests/gss/descriptors_test \
	tests/gss/event_test \
	tests/gss/exchange_test \
	tests/gss/file_size_test \
	tests/gss/itself_test \
	tests/gss/late_test \
	tests/gss/iov_test \
	tests/gss/iov_refusal_test \
	tests/gss/localname_test \
	tests/gss/mech_test \
	tests/gss/message_test \
	tests/gss/names_test \
	tests/gss/oracle_test \
	tests/gss/prf_test \
	tests/gss/ready_test \
	tests/gss/server_test \
	tests/gss/store_cred_test \
	tests/gss/spnego_beside_test \
	tests/gss/spnego_test \
	tests/gss/thousand_test \
	tests/gss/threads_test \
	tests/gss/first_login_test \
	tests/gss/transfer_test \
	tests/gss/transfer_token_test \
	tests/gss/twice_test

PLAIN_SHELL_TESTS += \
	tests/gss/brokered.sh

# The malloc of the first would stand in the way of a sanitizer's. A sanitizer
# keeps what was released, and leaves its own locks taken in a forked child.
if !SANITIZERS
GSS_TESTS += \
	tests/gss/allocations_test \
	tests/gss/half_open_test \
	tests/gss/soak_test \
	tests/gss/threads_fork_test
endif

check_LTLIBRARIES += libworld.la

# The module is loaded by libgssapi here, so its face is not linked in.
libworld_la_SOURCES = \
	tests/gss/world.c tests/gss/world.h \
	tests/gss/world_agent.c tests/gss/world_agent.h \
	tests/gss/world_broker.c tests/gss/world_broker.h \
	tests/unit/fake_broker.c tests/unit/fake_broker.h \
	tests/unit/fake_daemon.c tests/unit/fake_daemon.h \
	tests/unit/log_daemon.c tests/unit/log_daemon.h
GSS_LIBS = libworld.la libwriter.la libcore.la
GSS_LDADD = $(GSS_LIBS) $(CHECK_LIBS) $(GSSAPI_LIBS) $(KRB5_LIBS)
LDADD_tests_gss = $(GSS_LDADD)
$(GSS_TESTS): $(GSS_LIBS)
tests_gss_busy_test_LDADD = $(LDADD) $(OPENSSL_LIBS)
tests_gss_soak_test_SOURCES = \
	tests/gss/crew.c tests/gss/crew.h tests/gss/soak_test.c
tests_gss_threads_fork_test_SOURCES = \
	tests/gss/crew.c tests/gss/crew.h tests/gss/threads_fork_test.c
tests_gss_threads_fork_test_LDADD = libface.la $(LDADD)
tests_gss_threads_test_SOURCES = \
	tests/gss/crew.c tests/gss/crew.h tests/gss/threads_test.c
# What the module logs, or derives, is looked for in the program first, and so
# is what libcrypto asks for the process' number.
tests_gss_busy_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_copied_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_cred_export_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_credentials_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_store_cred_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_broker_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_itself_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_event_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_allocations_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
THREAD_TESTS += tests/gss/threads_test

APART = tests/gss/apart.c tests/gss/apart.h tests/gss/crew.c tests/gss/crew.h
tests_gss_descriptors_test_SOURCES = tests/gss/descriptors_test.c $(APART)
tests_gss_file_size_test_SOURCES = tests/gss/file_size_test.c $(APART)
# What the module logs and releases is looked for in the program first.
tests_gss_half_open_test_SOURCES = \
	tests/gss/crew.c tests/gss/crew.h tests/gss/half_open_test.c
tests_gss_half_open_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_gss_acquire_again_test_SOURCES = \
	tests/gss/acquire_again_test.c \
	tests/gss/calls.c tests/gss/calls.h $(APART)
tests_gss_first_login_test_SOURCES = \
	tests/gss/first_login_test.c \
	tests/gss/calls.c tests/gss/calls.h $(APART)
tests_gss_first_login_test_LDADD = $(LDADD) $(OPENSSL_LIBS)

noinst_HEADERS += \
	tests/gss/credentials.h tests/gss/asking.h tests/gss/established.h \
	tests/gss/iov.h tests/gss/spnego.h tests/gss/transfer.h

EXTRA_DIST += tests/gss/fips.sh tests/gss/valgrind_test.sh
