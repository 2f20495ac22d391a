# A server to start from.
noinst_PROGRAMS += examples/accept-loop
examples_accept_loop_SOURCES = \
	examples/accept-loop.c \
	examples/loop.c examples/loop.h \
	examples/wire.c examples/wire.h
examples_accept_loop_LDADD = $(GSSAPI_LIBS)

EXTRA_DIST += \
	examples/nginx/gss-scram-nginx.service examples/nginx/gss-scram.conf \
	examples/nginx/negotiate_helper.py
