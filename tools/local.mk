# What the command reads and writes of users: in the tests of its parts, too.
noinst_LTLIBRARIES += libformats.la
libformats_la_SOURCES = \
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
	tools/verifiers.c tools/verifiers.h \
	tools/xep0227.c tools/xep0227.h \
	tools/xep0227_credentials.c tools/xep0227_credentials.h \
	tools/xml.c tools/xml.h
libformats_la_LIBADD = $(EXPAT_LIBS)

# The administrator's command.
bin_PROGRAMS += gss-scram
gss_scram_SOURCES = \
	tools/account.c tools/account.h \
	tools/agent.c tools/agent.h \
	tools/batch.c tools/batch.h \
	tools/batch_directory.c \
	tools/broker.c tools/broker.h \
	tools/broker_command.c \
	tools/broker_enable.c \
	tools/broker_store.c tools/broker_store.h \
	tools/command.c tools/command.h \
	tools/doctor.c tools/doctor.h \
	tools/doctor_agent.c \
	tools/doctor_broker.c \
	tools/doctor_configuration.c \
	tools/doctor_guard.c \
	tools/doctor_login.c \
	tools/doctor_module.c \
	tools/doctor_registration.c tools/doctor_registration.h \
	tools/doctor_store.c \
	tools/export.c \
	tools/import.c \
	tools/interrupt.c tools/interrupt.h \
	tools/line.c tools/line.h \
	tools/list.c \
	tools/login.c tools/login.h \
	tools/login_list.c tools/login_list.h \
	tools/main.c \
	tools/mix.c tools/mix.h \
	tools/options.c tools/options.h \
	tools/password.c tools/password.h \
	tools/progress.c tools/progress.h \
	tools/report.c tools/report.h \
	tools/row.c tools/row.h \
	tools/target.c tools/target.h \
	tools/user.c tools/user.h
gss_scram_LDADD = libformats.la libdirectory.la libwriter.la libcore.la \
	$(GSSAPI_LIBS)
