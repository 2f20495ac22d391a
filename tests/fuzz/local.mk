# Fuzz targets, which scripts/fuzz builds and runs.
FUZZERS = \
	tests/fuzz/acceptor_fuzz \
	tests/fuzz/admin_fuzz \
	tests/fuzz/agent_fuzz \
	tests/fuzz/agent_requests_fuzz \
	tests/fuzz/base64_fuzz \
	tests/fuzz/config_fuzz \
	tests/fuzz/cred_token_fuzz \
	tests/fuzz/credentials_fuzz \
	tests/fuzz/exchange_fuzz \
	tests/fuzz/exported_fuzz \
	tests/fuzz/exported_name_fuzz \
	tests/fuzz/file_fuzz \
	tests/fuzz/format_fuzz \
	tests/fuzz/frame_fuzz \
	tests/fuzz/initiator_fuzz \
	tests/fuzz/iov_fuzz \
	tests/fuzz/ldap_fuzz \
	tests/fuzz/lmdb_fuzz \
	tests/fuzz/message_fuzz \
	tests/fuzz/name_fuzz \
	tests/fuzz/protect_fuzz \
	tests/fuzz/seal_fuzz \
	tests/fuzz/transfer_fuzz \
	tests/fuzz/unwrap_fuzz \
	tests/fuzz/verifier_fuzz \
	tests/fuzz/window_fuzz \
	tests/fuzz/wire_fuzz
EXTRA_PROGRAMS += $(FUZZERS)
EXTRA_LTLIBRARIES += libfuzz.la
libfuzz_la_SOURCES = \
	tests/fuzz/buffers.c tests/fuzz/buffers.h \
	tests/fuzz/fuzz.c tests/fuzz/fuzz.h \
	tests/fuzz/peer.c tests/fuzz/peer.h \
	tests/fuzz/server.c tests/fuzz/server.h \
	tests/fuzz/tokens.c tests/fuzz/tokens.h \
	tests/unit/k5crypto.c tests/unit/k5crypto.h
FUZZ_LDADD = libfuzz.la libwriter.la libface.la libcore.la $(KRB5_LIBS) $(GSSAPI_LIBS) \
	$(FUZZ_ENGINE)
tests_fuzz_acceptor_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_admin_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_agent_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_agent_requests_fuzz_LDADD = libagent.la $(FUZZ_LDADD)
tests_fuzz_base64_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_config_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_cred_token_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_credentials_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_exchange_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_exported_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_exported_name_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_file_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_format_fuzz_LDADD = $(FUZZ_LDADD) $(EXPAT_LIBS)
tests_fuzz_frame_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_initiator_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_iov_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_ldap_fuzz_LDADD = libdirectory.la $(FUZZ_LDADD)
tests_fuzz_lmdb_fuzz_LDADD = liblmdbstore.la $(FUZZ_LDADD) $(LMDB_LIBS)
tests_fuzz_message_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_name_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_protect_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_seal_fuzz_LDADD = libbroker.la $(FUZZ_LDADD)
tests_fuzz_transfer_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_unwrap_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_verifier_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_window_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_wire_fuzz_LDADD = $(FUZZ_LDADD)
tests_fuzz_format_fuzz_SOURCES = tests/fuzz/format_fuzz.c $(FORMAT_SOURCES)
tests_fuzz_format_fuzz_CPPFLAGS = $(TOOLS_CPPFLAGS)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

EXTRA_DIST += \
	tests/fuzz/coverage.awk tests/fuzz/seeds tests/fuzz/targets.txt \
	tests/fuzz/unreached.txt
