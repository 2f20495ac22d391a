# gss-scramd's own store, which nothing else has.
noinst_LTLIBRARIES += liblmdbstore.la
liblmdbstore_la_SOURCES = \
	daemon/lmdb/change.c daemon/lmdb/change.h \
	daemon/lmdb/change_put.c daemon/lmdb/change_write.h \
	daemon/lmdb/check.c daemon/lmdb/check.h \
	daemon/lmdb/fault.c daemon/lmdb/fault.h \
	daemon/lmdb/make.c daemon/lmdb/make.h \
	daemon/lmdb/meta.c daemon/lmdb/meta.h \
	daemon/lmdb/place.c daemon/lmdb/place.h \
	daemon/lmdb/record.c daemon/lmdb/record.h \
	daemon/lmdb/shared.c daemon/lmdb/shared.h \
	daemon/lmdb/store.c daemon/lmdb/store.h \
	daemon/lmdb/store_change.c daemon/lmdb/store_change.h
liblmdbstore_la_CFLAGS = $(AM_CFLAGS) $(LMDB_CFLAGS)
liblmdbstore_la_LIBADD = $(LMDB_LIBS)

# What both daemons are made of: a socket that is served, and what waits apart.
noinst_LTLIBRARIES += libframe.la
libframe_la_SOURCES = \
	daemon/connection.c daemon/connection.h \
	daemon/debug.c daemon/debug.h \
	daemon/loop.c daemon/loop.h \
	daemon/nonce.c daemon/nonce.h \
	daemon/options.c daemon/options.h \
	daemon/peer.c daemon/peer.h \
	daemon/process.c daemon/process.h \
	daemon/request.h \
	daemon/share.c daemon/share.h \
	daemon/sockets.c daemon/sockets.h \
	daemon/workers.c daemon/workers.h

# What answers the module where a machine has its verifiers apart.
noinst_LTLIBRARIES += libbroker.la
libbroker_la_SOURCES = \
	daemon/accounts.c daemon/accounts.h \
	daemon/accounts_read.c daemon/accounts_read.h \
	daemon/admin.c daemon/admin.h \
	daemon/admin_show.c \
	daemon/admin_store.c daemon/admin_store.h \
	daemon/admin_throttle.c daemon/admin_throttle.h \
	daemon/audit.c daemon/audit.h \
	daemon/background.c daemon/background.h \
	daemon/broker.c daemon/broker.h \
	daemon/exchange.c daemon/exchange.h \
	daemon/exchange_show.c \
	daemon/login.c daemon/login.h \
	daemon/login_wait.c \
	daemon/metrics.c daemon/metrics.h \
	daemon/privileges.c daemon/privileges.h \
	daemon/seal.c daemon/seal.h \
	daemon/seal_file.c daemon/seal_file.h \
	daemon/system_log.c daemon/system_log.h \
	daemon/throttle.c daemon/throttle.h \
	daemon/throttle_file.c daemon/throttle_file.h \
	daemon/throttle_recent.c daemon/throttle_recent.h \
	daemon/writer.c daemon/writer.h
libbroker_la_LIBADD = libframe.la
sbin_PROGRAMS = gss-scramd
gss_scramd_SOURCES = daemon/main.c
gss_scramd_LDADD = libbroker.la liblmdbstore.la libdirectory.la libcore.la
gss_scramd_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--export-dynamic-symbol=gss_scram_daemon

# A user's passwords, in a process of their own.
noinst_LTLIBRARIES += libagent.la
libagent_la_SOURCES = \
	daemon/agent/agent.c daemon/agent/agent.h \
	daemon/agent/check.c daemon/agent/check.h \
	daemon/agent/choose_request.c \
	daemon/agent/derive.c daemon/agent/derive.h \
	daemon/agent/entries.c daemon/agent/entries.h \
	daemon/agent/entry_keys.c daemon/agent/entry_keys.h \
	daemon/agent/keep_request.c \
	daemon/agent/requests.h \
	daemon/agent/seals.c daemon/agent/seals.h \
	daemon/agent/show.c \
	daemon/agent/sign_request.c \
	daemon/agent/vault.c daemon/agent/vault.h \
	daemon/agent/verify_request.c
libagent_la_LIBADD = libframe.la
bin_PROGRAMS += gss-scram-agent
gss_scram_agent_SOURCES = daemon/agent/main.c
gss_scram_agent_LDADD = libagent.la libcore.la
