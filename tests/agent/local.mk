# gss-scram-agent, by its parts and over its socket.
AGENT_TESTS = \
	tests/agent/derive_test \
	tests/agent/entries_test \
	tests/agent/late_test \
	tests/agent/login_test \
	tests/agent/seals_test \
	tests/agent/start_test

AGENT_LIBS = libasked.la libserved.la libagent.la $(UNIT_LIBS)
AGENT_LDADD = libasked.la libserved.la libagent.la $(UNIT_LDADD)
LDADD_tests_agent = $(AGENT_LDADD)
$(AGENT_TESTS): $(AGENT_LIBS)
check_LTLIBRARIES += libasked.la
libasked_la_SOURCES = tests/agent/program.c tests/agent/program.h
# What is derived is counted, and takes as long as the test says.
tests_agent_derive_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=scram_keys_derive
# The clock is the test's, and so is what a program's messages go through.
tests_agent_late_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime \
	-Wl,--wrap=asker_send -Wl,--wrap=asker_receive
THREAD_TESTS += tests/agent/derive_test
