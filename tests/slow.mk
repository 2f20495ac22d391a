# What make check leaves to make check-slow, so that it takes a few minutes: the
# longest first, as make check-all, which runs both, ends the earlier for it. GNU
# make reads this file, as automake would not take the condition in it; TESTS on
# make's command line counts before it.
SLOW_TESTS = \
	tests/servers/pages_test.sh \
	tests/gss/brokered.sh \
	tests/servers/apache_broker_test.sh \
	tests/servers/brokered.sh \
	tests/ldap/apache_test.sh \
	tests/ldap/import_test.sh \
	tests/servers/hashes_test.sh \
	tests/gss/valgrind_test.sh \
	tests/ldap/pair_test.sh \
	tests/ldap/login_test.sh \
	tests/faults/store_faults_test \
	tests/servers/slapd_test.sh \
	tests/ldap/user_test.sh \
	tests/loop/attack_test.sh \
	tests/daemon/crowd_test \
	tests/sample/brokered.sh \
	tests/unit/store_crash_test \
	tests/gss/soak_test \
	tests/servers/python_server_test.sh \
	tests/servers/apache_negotiate_test.sh

ifeq ($(origin TESTS),file)
check-am: AM_MAKEFLAGS += TESTS="$(filter-out $(SLOW_TESTS),$(TESTS))"
endif

.PHONY: check-slow check-all
check-slow: all
	$(MAKE) check-TESTS TESTS="$(filter $(TESTS),$(SLOW_TESTS))"

check-all: all
	$(MAKE) check-TESTS TESTS="$(filter $(TESTS),$(SLOW_TESTS)) \
		$(filter-out $(SLOW_TESTS),$(TESTS))"
