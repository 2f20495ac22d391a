# The command, as an administrator uses it, and parts of it.
TOOL_TESTS = \
	tests/tools/format_test \
	tests/tools/format_write_test \
	tests/tools/text_test \
	tests/tools/verifiers_test
TOOL_SHELL_TESTS = \
	tests/tools/broker_test.sh \
	tests/tools/completion_test.sh \
	tests/tools/doctor_test.sh \
	tests/tools/import_test.sh \
	tests/tools/login_test.sh \
	tests/tools/mix_test.sh \
	tests/tools/terminal_test.sh \
	tests/tools/usage_test.sh \
	tests/tools/user_test.sh

PLAIN_SHELL_TESTS += \
	tests/tools/calls_test.sh

LDADD_tests_tools = libformats.la $(UNIT_LDADD)
$(TOOL_TESTS): libformats.la $(UNIT_LIBS)

# Loaded before the C library.
check_LTLIBRARIES += tests/tools/calls.la
tests_tools_calls_la_SOURCES = tests/tools/calls.c
tests_tools_calls_la_LDFLAGS = $(LIBRARY_LDFLAGS) -module -avoid-version \
	-shared -rpath $(abs_builddir)/tests/tools

EXTRA_DIST += tests/tools/lib.sh $(TOOL_SHELL_TESTS)
