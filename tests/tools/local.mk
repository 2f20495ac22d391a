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

TOOLS_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools -I$(srcdir)/tests/unit
FORMAT_SOURCES = \
	tools/format.c tools/format.h \
	tools/format_csv.c \
	tools/format_dovecot.c \
	tools/format_ldif.c tools/format_ldif.h \
	tools/format_ldif_entry.c \
	tools/format_pbkdf2.c \
	tools/format_pgbouncer.c \
	tools/format_postgresql.c \
	tools/format_xep0227.c \
	tools/input.c tools/input.h \
	tools/pbkdf2.c tools/pbkdf2.h tools/pbkdf2_keycloak.c \
	tools/text.c tools/text.h \
	tools/xep0227.c tools/xep0227.h \
	tools/xep0227_credentials.c tools/xep0227_credentials.h \
	tools/xml.c tools/xml.h
tests_tools_format_test_SOURCES = tests/tools/format_test.c $(FORMAT_SOURCES)
tests_tools_format_test_CPPFLAGS = $(TOOLS_CPPFLAGS)
tests_tools_format_test_LDADD = $(LDADD) $(EXPAT_LIBS)
tests_tools_format_write_test_SOURCES = tests/tools/format_write_test.c $(FORMAT_SOURCES)
tests_tools_format_write_test_CPPFLAGS = $(TOOLS_CPPFLAGS)
tests_tools_format_write_test_LDADD = $(LDADD) $(EXPAT_LIBS)
tests_tools_text_test_SOURCES = tests/tools/text_test.c tools/text.c
tests_tools_text_test_CPPFLAGS = $(TOOLS_CPPFLAGS)
tests_tools_verifiers_test_SOURCES = \
	tests/tools/verifiers_test.c tools/verifiers.c
tests_tools_verifiers_test_CPPFLAGS = $(TOOLS_CPPFLAGS)

# Loaded before the C library.
check_LTLIBRARIES += tests/tools/calls.la
tests_tools_calls_la_SOURCES = tests/tools/calls.c
tests_tools_calls_la_LDFLAGS = $(LIBRARY_LDFLAGS) -module -avoid-version \
	-shared -rpath $(abs_builddir)/tests/tools

EXTRA_DIST += tests/tools/lib.sh $(TOOL_SHELL_TESTS)
