# gss-scramd, by its parts and over its socket.
DAEMON_TESTS = \
	tests/daemon/directory_test \
	tests/daemon/accounts_test \
	tests/daemon/admin_test \
	tests/daemon/audit_test \
	tests/daemon/connection_test \
	tests/daemon/crowd_test \
	tests/daemon/lmdb_change_test \
	tests/daemon/lmdb_cut_test \
	tests/daemon/lmdb_kill_test \
	tests/daemon/lmdb_look_up_test \
	tests/daemon/lmdb_record_test \
	tests/daemon/lmdb_store_test \
	tests/daemon/lmdb_verify_test \
	tests/daemon/guess_test \
	tests/daemon/login_test \
	tests/daemon/peers_test \
	tests/daemon/policy_test \
	tests/daemon/restart_test \
	tests/daemon/seal_test \
	tests/daemon/start_test \
	tests/daemon/workers_test

DAEMON_LIBS = libserved.la libbroker.la liblmdbstore.la libdirectory.la
LDADD_tests_daemon = $(DAEMON_LIBS) $(UNIT_LDADD)
$(DAEMON_TESTS): $(DAEMON_LIBS) $(UNIT_LIBS)
check_LTLIBRARIES += libserved.la
libserved_la_SOURCES = \
	tests/daemon/asker.c tests/daemon/asker.h \
	tests/daemon/served.c tests/daemon/served.h
# The test's own name services.
tests_daemon_accounts_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=getgrnam_r -Wl,--wrap=getpwnam_r -Wl,--wrap=getpwuid_r

# The tests' store is gss-scramd's own.
LMDB_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/unit -DSTORES_LMDB
check_LTLIBRARIES += liblmdbserved.la
liblmdbserved_la_SOURCES = tests/unit/stores.c $(libserved_la_SOURCES)
liblmdbserved_la_CPPFLAGS = $(LMDB_CPPFLAGS)
LMDB_LDADD = liblmdbserved.la liblmdbstore.la $(UNIT_LDADD)
tests_daemon_admin_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_admin_test_LDADD = libbroker.la $(LMDB_LDADD)
# The module is loaded by libgssapi here.
tests_daemon_crowd_test_SOURCES = \
	tests/daemon/crowd.c tests/daemon/crowd.h tests/daemon/crowd_test.c \
	tests/daemon/importer.c tests/daemon/importer.h
tests_daemon_crowd_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_crowd_test_LDADD = liblmdbserved.la liblmdbstore.la \
	libunit.la $(GSS_LDADD)
tests_daemon_lmdb_change_test_SOURCES = tests/unit/store_change_test.c
tests_daemon_lmdb_change_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_change_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_cut_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_cut_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_cut_test_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_daemon_lmdb_kill_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_kill_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_look_up_test_SOURCES = tests/unit/store_look_up_test.c
tests_daemon_lmdb_look_up_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_look_up_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_record_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_record_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_store_test_CPPFLAGS = $(LMDB_CPPFLAGS) \
	-DFOREIGN='"$(abs_srcdir)/tests/daemon/foreign"'
tests_daemon_lmdb_store_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_verify_test_SOURCES = tests/unit/verify_contract_test.c
tests_daemon_lmdb_verify_test_CPPFLAGS = $(LMDB_CPPFLAGS)
tests_daemon_lmdb_verify_test_LDADD = $(LMDB_LDADD)
tests_daemon_lmdb_verify_test_LDFLAGS = \
	$(tests_unit_verify_contract_test_LDFLAGS)
THREAD_TESTS += tests/daemon/connection_test tests/daemon/workers_test

EXTRA_DIST += \
	tests/daemon/foreign/amd64 tests/daemon/foreign/i386 \
	tests/daemon/foreign/s390x
