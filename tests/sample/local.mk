# With the stock gss-client and gss-server.
SAMPLE_SHELL_TESTS = \
	tests/sample/credentials.sh \
	tests/sample/attributes.sh \
	tests/sample/brokered.sh \
	tests/sample/handshake.sh \
	tests/sample/messages.sh \
	tests/sample/names.sh \
	tests/sample/server.sh \
	tests/sample/spnego.sh \
	tests/sample/spnego_beside.sh

EXTRA_DIST += tests/sample/lib.sh $(SAMPLE_SHELL_TESTS)
