# With servers and clients that others wrote.
SERVER_SHELL_TESTS = \
	tests/servers/apache_basic_test.sh \
	tests/servers/apache_directives_test.sh \
	tests/servers/apache_negotiate_test.sh \
	tests/servers/cyrus_test.sh \
	tests/servers/perl_test.sh \
	tests/servers/postfix_test.sh \
	tests/servers/python_calls_test.sh \
	tests/servers/python_server_test.sh \
	tests/servers/slapd_test.sh \
	tests/servers/squid_test.sh
SERVER_TESTS = tests/servers/sasl_test
# The pages' commands, which build and install as the pages say.
PAGES_SHELL_TESTS = tests/servers/pages_test.sh

PLAIN_SHELL_TESTS += \
	tests/servers/apache_broker_test.sh \
	tests/servers/brokered.sh \
	tests/servers/hashes_test.sh \
	tests/servers/imapd_test.sh \
	tests/servers/slapd_spnego_test.sh \
	tests/servers/nginx_test.sh \
	tests/servers/xmpp_test.sh

tests_servers_sasl_test_SOURCES = \
	tests/servers/sasl_cyrus.c \
	tests/servers/sasl_end.c tests/servers/sasl_end.h \
	tests/servers/sasl_gnu.c \
	tests/servers/sasl_test.c
tests_servers_sasl_test_CPPFLAGS = $(AM_CPPFLAGS) \
	-DSASL_PLUGINS='"$(SASL_LIBDIR)/sasl2"'
tests_servers_sasl_test_CFLAGS = $(AM_CFLAGS) $(SASL_CFLAGS)
tests_servers_sasl_test_LDADD = $(GSS_LDADD) $(SASL_LIBS)

EXTRA_DIST += \
	tests/servers/apache.sh tests/servers/hash.py \
	tests/servers/hold_sockets.py tests/servers/late_bind.py \
	tests/servers/lib.sh tests/servers/log_in.py \
	tests/servers/negotiate.py tests/servers/nginx_clients.py \
	tests/servers/record.py tests/servers/sasl.sh tests/servers/scram.py \
	tests/servers/slapd.sh tests/servers/smtp_scram.py \
	tests/servers/xmpp_scram.py tests/servers/python/client.py \
	tests/servers/python/server.py tests/servers/python/wire.py \
	tests/servers/perl/Wire.pm tests/servers/perl/client.pl \
	tests/servers/perl/server.pl tests/servers/squid_helper.py \
	tests/servers/python/contexts_calls.py \
	tests/servers/python/credentials_calls.py \
	tests/servers/python/high_level_calls.py \
	tests/servers/python/ledger.py \
	tests/servers/python/mechanisms_calls.py \
	tests/servers/python/messages_calls.py \
	tests/servers/python/names_calls.py \
	tests/servers/python/refusals_calls.py tests/servers/python/run.py \
	tests/servers/python/transfer_calls.py tests/servers/python/world.py \
	tests/servers/blocks.awk tests/servers/pages.sh \
	tests/servers/psql.py tests/servers/typist.py $(SERVER_SHELL_TESTS) \
	$(PAGES_SHELL_TESTS)
