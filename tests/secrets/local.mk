# What becomes of secrets. A sanitizer keeps what was released for a while.
SECRETS_TESTS =
if !SANITIZERS
SECRETS_TESTS += \
	tests/secrets/agent_remains_test \
	tests/secrets/broker_remains_test \
	tests/secrets/command_remains_test \
	tests/secrets/remains_test

# Loaded before the C library.
check_LTLIBRARIES += tests/secrets/quarantine.la
endif
tests_secrets_quarantine_la_SOURCES = $(QUARANTINE)
tests_secrets_quarantine_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_secrets_quarantine_la_LDFLAGS = $(LIBRARY_LDFLAGS) -module \
	-avoid-version -shared -rpath $(abs_builddir)/tests/secrets
QUARANTINE = tests/secrets/quarantine.c tests/secrets/quarantine.h
TRACED = tests/secrets/traced.c tests/secrets/traced.h

# What is declassified is so where it is computed.
CLASSIFY = tests/secrets/classify.c tests/secrets/classify.h
CLASSIFY_LINK = $(AM_LDFLAGS) \
	-Wl,--wrap=CRYPTO_memcmp -Wl,--wrap=base64_decode
tests_secrets_constant_time_SOURCES = tests/secrets/constant_time.c $(CLASSIFY)
tests_secrets_constant_time_LDADD = libcore.la
tests_secrets_constant_time_LDFLAGS = $(CLASSIFY_LINK) \
	-Wl,--wrap=scram_prepare_password
tests_secrets_constant_time_agent_SOURCES = \
	tests/secrets/constant_time_agent.c $(CLASSIFY)
tests_secrets_constant_time_agent_LDADD = libagent.la libcore.la
tests_secrets_constant_time_agent_LDFLAGS = $(CLASSIFY_LINK) \
	-Wl,--wrap=kernel_random
tests_secrets_constant_time_daemon_SOURCES = \
	tests/secrets/constant_time_daemon.c $(CLASSIFY)
tests_secrets_constant_time_daemon_LDADD = libbroker.la liblmdbstore.la libcore.la
tests_secrets_constant_time_daemon_LDFLAGS = $(CLASSIFY_LINK) \
	-Wl,--wrap=lmdb_record_read
tests_secrets_agent_remains_test_SOURCES = \
	tests/secrets/agent_remains_test.c \
	tests/secrets/remains.c tests/secrets/remains.h $(TRACED)
tests_secrets_agent_remains_test_LDADD = $(AGENT_LDADD)
# The tests' store is gss-scramd's own.
tests_secrets_broker_remains_test_SOURCES = \
	tests/secrets/broker_remains_test.c \
	tests/secrets/remains.c tests/secrets/remains.h $(TRACED)
tests_secrets_broker_remains_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_secrets_broker_remains_test_LDADD = libbroker.la $(LMDB_LDADD)
tests_secrets_command_remains_test_SOURCES = \
	tests/secrets/command_remains_test.c \
	tests/secrets/remains.c tests/secrets/remains.h $(TRACED)
tests_secrets_command_remains_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_secrets_command_remains_test_LDADD = libbroker.la $(LMDB_LDADD)
tests_secrets_remains_test_SOURCES = $(QUARANTINE) \
	tests/secrets/remains.c tests/secrets/remains.h \
	tests/secrets/remains_child.c tests/secrets/remains_test.c
tests_secrets_remains_test_LDADD = $(GSS_LDADD)
EXTRA_DIST += tests/secrets/constant_time_test.sh
