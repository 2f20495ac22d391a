# What make check leaves to make check-slow, so that it takes a few minutes. GNU
# make reads this file, as automake would not take the condition in it; TESTS on
# make's command line counts before both.
SLOW_TESTS = \
	tests/daemon/crowd_test \
	tests/faults/store_faults_test \
	tests/gss/brokered.sh \
	tests/gss/soak_test \
	tests/gss/valgrind_test.sh \
	tests/ldap/apache_test.sh \
	tests/ldap/import_test.sh \
	tests/ldap/login_test.sh \
	tests/ldap/pair_test.sh \
	tests/ldap/user_test.sh \
	tests/loop/attack_test.sh \
	tests/sample/brokered.sh \
	tests/servers/apache_broker_test.sh \
	tests/servers/apache_negotiate_test.sh \
	tests/servers/brokered.sh \
	tests/servers/hashes_test.sh \
	tests/servers/pages_test.sh \
	tests/servers/python_server_test.sh \
	tests/servers/slapd_test.sh \
	tests/unit/store_crash_test

ifeq ($(origin TESTS),file)
check-am: AM_MAKEFLAGS += TESTS="$(filter-out $(SLOW_TESTS),$(TESTS))"
endif

.PHONY: check-slow
check-slow: all
	$(MAKE) check-TESTS TESTS="$(filter $(SLOW_TESTS),$(TESTS))"
