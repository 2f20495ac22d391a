# Verifiers in a directory: in gss-scramd and in the command, and not in the
# module.
noinst_LTLIBRARIES += libdirectory.la
libdirectory_la_SOURCES = \
	directory/ask.c directory/ask.h \
	directory/bind.c directory/bind.h \
	directory/cache.c directory/cache.h \
	directory/change.c directory/change.h \
	directory/check.c directory/check.h \
	directory/client.c directory/client.h \
	directory/clock.h \
	directory/connection.c directory/connection.h \
	directory/directory.c directory/directory.h \
	directory/entry.c directory/entry.h \
	directory/filter.c directory/filter.h \
	directory/find.c directory/find.h \
	directory/group.c directory/group.h \
	directory/list.c directory/list.h \
	directory/location.c directory/location.h \
	directory/modify.c \
	directory/pool.c directory/pool.h \
	directory/secret.c directory/secret.h \
	directory/servers.c directory/servers.h \
	directory/store.c directory/store.h \
	directory/value.c directory/value.h
libdirectory_la_CFLAGS = $(AM_CFLAGS) $(LDAP_CFLAGS)
libdirectory_la_LIBADD = $(LDAP_LIBS)
