# While each call that the module makes fails in turn.
FAULT_TESTS = \
	tests/faults/acquire_faults_test \
	tests/faults/agent_faults_test \
	tests/faults/broker_faults_test \
	tests/faults/exchange_faults_test \
	tests/faults/lmdb_faults_test \
	tests/faults/messages_faults_test \
	tests/faults/names_faults_test \
	tests/faults/seal_faults_test \
	tests/faults/store_faults_test \
	tests/faults/transfer_faults_test
FAULT_SHELL_TESTS = \
	tests/faults/imports_test.sh

# The module's face is linked in, and what it calls comes to the tests first.
check_LTLIBRARIES += libfault.la libwrap.la
libfault_la_SOURCES = \
	tests/faults/ends.c tests/faults/ends.h \
	tests/faults/fault.c tests/faults/fault.h \
	tests/faults/trial.c tests/faults/trial.h
libwrap_la_SOURCES = \
	tests/faults/wrap_check.c \
	tests/faults/wrap_crypto.c \
	tests/faults/wrap_libc.c \
	tests/faults/wrap_others.c
FAULT_LIBS = libfault.la libworld.la libwriter.la libface.la libcore.la libwrap.la
LDADD_tests_faults = $(FAULT_LIBS) $(CHECK_LIBS) $(GSSAPI_LIBS) $(KRB5_LIBS) \
	$(OPENSSL_LIBS)
LDFLAGS_tests_faults = -Wl,@$(srcdir)/tests/faults/wrapped.txt
$(FAULT_TESTS): $(FAULT_LIBS)
tests_faults_lmdb_faults_test_SOURCES = \
	tests/faults/store_faults_test.c tests/faults/wrap_lmdb.c
tests_faults_lmdb_faults_test_CPPFLAGS = $(AM_CPPFLAGS) -DSTORES_LMDB
tests_faults_lmdb_faults_test_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
tests_faults_lmdb_faults_test_LDADD = liblmdbstore.la $(LDADD)
tests_faults_lmdb_faults_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,@$(srcdir)/tests/faults/wrapped_lmdb.txt
tests_faults_seal_faults_test_LDADD = libbroker.la $(LDADD)

EXTRA_DIST += \
	tests/faults/unfailing.txt tests/faults/wrapped.txt \
	tests/faults/wrapped_lmdb.txt $(FAULT_SHELL_TESTS)
