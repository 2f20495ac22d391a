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
FUZZ_LIBS = libfuzz.la libwriter.la libface.la libcore.la
LDADD_tests_fuzz = $(FUZZ_LIBS) $(KRB5_LIBS) $(GSSAPI_LIBS) $(FUZZ_ENGINE)
$(FUZZERS): $(FUZZ_LIBS)
tests_fuzz_agent_requests_fuzz_LDADD = libagent.la $(LDADD)
tests_fuzz_format_fuzz_LDADD = libformats.la $(LDADD)
tests_fuzz_ldap_fuzz_LDADD = libdirectory.la $(LDADD)
tests_fuzz_lmdb_fuzz_LDADD = liblmdbstore.la $(LDADD) $(LMDB_LIBS)
tests_fuzz_seal_fuzz_LDADD = libbroker.la $(LDADD)

.PHONY: fuzzers
fuzzers: $(FUZZERS)

EXTRA_DIST += \
	tests/fuzz/coverage.awk tests/fuzz/seeds tests/fuzz/targets.txt \
	tests/fuzz/unreached.txt
