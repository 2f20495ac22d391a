# The clients to try examples/accept-loop with.
noinst_PROGRAMS += bench/load
bench_load_SOURCES = \
	bench/load.c bench/load.h \
	bench/load_honest.c \
	bench/load_hostile.c \
	bench/load_options.c \
	examples/wire.c examples/wire.h
bench_load_LDADD = $(GSSAPI_LIBS)

# Measurements; built when asked for.
EXTRA_PROGRAMS += \
	bench/broker bench/handshake bench/measure bench/store \
	bench/throttle
bench_broker_SOURCES = \
	bench/broker.c \
	bench/clock.c bench/clock.h \
	bench/crowd.c bench/crowd.h \
	bench/fail.h \
	bench/figures.c bench/figures.h \
	bench/latency.c bench/latency.h \
	bench/mech.c bench/mech.h \
	bench/pair.c bench/pair.h \
	bench/sasl.h bench/sasl_gnu.c \
	bench/users.c bench/users.h \
	bench/visit.c bench/visit.h \
	tools/broker.c tools/broker.h \
	tools/broker_store.c tools/broker_store.h
bench_broker_CPPFLAGS = $(AM_CPPFLAGS) $(GSASL_CFLAGS)
bench_broker_LDADD = liblmdbstore.la libwriter.la libcore.la $(GSSAPI_LIBS) \
	$(GSASL_LIBS)
bench_handshake_SOURCES = \
	bench/clock.c bench/clock.h \
	bench/crowd.c bench/crowd.h \
	bench/fail.h \
	bench/figures.c bench/figures.h \
	bench/handshake.c \
	bench/mech.c bench/mech.h \
	bench/pair.c bench/pair.h \
	bench/parts.c bench/parts.h \
	bench/sasl.h bench/sasl_cyrus.c bench/sasl_gnu.c \
	bench/users.c bench/users.h \
	bench/visit.c bench/visit.h \
	mech/gss/crypto_lock.c mech/gss/random.c mech/gss/register.c
bench_handshake_CPPFLAGS = $(AM_CPPFLAGS) $(GSASL_CFLAGS) $(CYRUS_SASL_CFLAGS)
bench_handshake_LDADD = libwriter.la libcore.la $(GSSAPI_LIBS) $(GSASL_LIBS) \
	$(CYRUS_SASL_LIBS)
bench_measure_SOURCES = \
	bench/clock.c bench/clock.h \
	bench/fail.h \
	bench/figures.c bench/figures.h \
	bench/libcrypto.c bench/libcrypto.h \
	bench/measure.c \
	bench/mech.c bench/mech.h \
	bench/message.c bench/message.h \
	bench/report.c bench/report.h
bench_measure_LDADD = libwriter.la libcore.la $(GSSAPI_LIBS)
bench_store_SOURCES = \
	bench/children.c bench/children.h \
	bench/clock.c bench/clock.h \
	bench/fail.h \
	bench/figures.c bench/figures.h \
	bench/mech.c bench/mech.h \
	bench/store.c \
	bench/users.c bench/users.h
bench_store_LDADD = libwriter.la libcore.la $(GSSAPI_LIBS)
bench_throttle_SOURCES = \
	bench/clock.c bench/clock.h \
	bench/fail.h \
	bench/throttle.c
bench_throttle_LDADD = libbroker.la libcore.la

.PHONY: bench
bench: gss_scram.la gss-scram gss-scram-agent gss-scramd bench/broker \
		bench/handshake bench/load bench/measure bench/store \
		bench/throttle examples/accept-loop
	$(srcdir)/bench/run bench $(abs_builddir)/.libs/gss_scram.so $(BENCH_FLAGS)

EXTRA_DIST += \
	bench/apache bench/curl bench/ldap bench/plot bench/run bench/web.sh
