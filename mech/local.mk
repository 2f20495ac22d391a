# Everything but the GSS-API face: the module, the command and the unit tests
# are made from it.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES = \
	mech/ask/ask.c mech/ask/ask.h \
	mech/ask/connection.c mech/ask/connection.h \
	mech/ask/peer.c mech/ask/peer.h \
	mech/ask/pool.c mech/ask/pool.h \
	mech/ask/talk.c mech/ask/talk.h \
	mech/base/account.c mech/base/account.h \
	mech/base/agent_path.c mech/base/agent_path.h \
	mech/base/base64.c mech/base/base64.h \
	mech/base/big_endian.h \
	mech/base/date.h \
	mech/base/clock.h \
	mech/base/config.c mech/base/config.h \
	mech/base/config_broker.c mech/base/config_broker.h \
	mech/base/config_file.c mech/base/config_file.h \
	mech/base/config_key.c mech/base/config_key.h \
	mech/base/config_ldap.c mech/base/config_ldap.h \
	mech/base/config_scram.c \
	mech/base/config_line.c mech/base/config_line.h \
	mech/base/config_value.c mech/base/config_value.h \
	mech/base/daemon.h \
	mech/base/descriptor.h \
	mech/base/file_write.c mech/base/file_write.h \
	mech/base/log.c mech/base/log.h \
	mech/base/pack.h \
	mech/base/credentials.c mech/base/credentials.h \
	mech/base/credentials_change.c \
	mech/base/credentials_file.h \
	mech/base/credentials_text.c mech/base/credentials_text.h \
	mech/base/groups.c mech/base/groups.h \
	mech/base/utf8.c mech/base/utf8.h \
	mech/base/ini.c mech/base/ini.h \
	mech/base/kernel_random.c mech/base/kernel_random.h \
	mech/base/libcrypto.h \
	mech/base/private_file.c mech/base/private_file.h \
	mech/base/quote.c mech/base/quote.h \
	mech/base/secret.h \
	mech/base/sentence.c mech/base/sentence.h \
	mech/base/slice.h \
	mech/base/status.h \
	mech/base/trace.c mech/base/trace.h \
	mech/prove/agent.c \
	mech/prove/file.c \
	mech/prove/keys.c mech/prove/keys.h \
	mech/prove/kinds.h \
	mech/prove/local.c \
	mech/prove/prove.c mech/prove/prove.h \
	mech/rfc4121/context.c mech/rfc4121/context.h \
	mech/rfc4121/crypto.c mech/rfc4121/crypto.h \
	mech/rfc4121/derive.c mech/rfc4121/derive.h \
	mech/rfc4121/iov.c mech/rfc4121/iov.h \
	mech/rfc4121/message.c mech/rfc4121/message.h \
	mech/rfc4121/prf.c mech/rfc4121/prf.h \
	mech/rfc4121/seal.c mech/rfc4121/seal.h \
	mech/rfc4121/state.c mech/rfc4121/state.h \
	mech/rfc4121/token.c mech/rfc4121/token.h \
	mech/rfc4121/unwrap.c mech/rfc4121/unwrap.h \
	mech/rfc4121/view.h \
	mech/rfc4121/window.c mech/rfc4121/window.h \
	mech/rfc4121/wrap.c mech/rfc4121/wrap.h \
	mech/scram/acceptor.c mech/scram/acceptor.h \
	mech/scram/gs2.c mech/scram/gs2.h \
	mech/scram/initiator.c mech/scram/initiator.h \
	mech/scram/keys.c mech/scram/keys.h \
	mech/scram/message.c mech/scram/message.h \
	mech/scram/saslname.c mech/scram/saslname.h \
	mech/scram/saslprep.c mech/scram/saslprep.h \
	mech/scram/signature.c mech/scram/signature.h \
	mech/scram/verifier.c mech/scram/verifier.h \
	mech/store/decoys.c mech/store/decoys.h \
	mech/store/file.c \
	mech/store/file_fault.c mech/store/file_fault.h \
	mech/store/file_image.c mech/store/file_image.h \
	mech/store/file_index.c mech/store/file_index.h \
	mech/store/file_key.c \
	mech/store/file_line.c mech/store/file_line.h \
	mech/store/file_look.c \
	mech/store/file_scan.c mech/store/file_scan.h \
	mech/store/file_shared.c mech/store/file_shared.h \
	mech/store/file_store.h \
	mech/store/file_tally.c mech/store/file_tally.h \
	mech/store/store.c mech/store/store.h \
	mech/verify/broker.c \
	mech/verify/local.c \
	mech/verify/verify.c mech/verify/verify.h \
	mech/wire/admin.c mech/wire/admin.h \
	mech/wire/agent.c mech/wire/agent.h \
	mech/wire/message.c mech/wire/message.h \
	mech/wire/parts.h
libcore_la_LIBADD = $(OPENSSL_LIBS) $(IDN_LIBS)

# What changes files of users: in the command, and not in the module.
noinst_LTLIBRARIES += libwriter.la
libwriter_la_SOURCES = \
	mech/store/file_change.c \
	mech/store/file_changes.c mech/store/file_changes.h \
	mech/store/file_draft.h \
	mech/store/file_place.c mech/store/file_place.h \
	mech/store/file_publish.c

# The GSS-API face.
noinst_LTLIBRARIES += libface.la
libface_la_SOURCES = \
	mech/gss/accept.c \
	mech/gss/acquire.c \
	mech/gss/aead.c \
	mech/gss/attributes.c \
	mech/gss/buffer.c mech/gss/buffer.h \
	mech/gss/context.c mech/gss/context.h \
	mech/gss/cred.c mech/gss/cred.h \
	mech/gss/cred_export.c \
	mech/gss/cred_keys.c mech/gss/cred_keys.h \
	mech/gss/cred_store.c \
	mech/gss/cred_token.c mech/gss/cred_token.h \
	mech/gss/crypto_lock.c mech/gss/crypto_lock.h \
	mech/gss/service.c mech/gss/service.h \
	mech/gss/event.c mech/gss/event.h \
	mech/gss/exported_name.c mech/gss/exported_name.h \
	mech/gss/exported.c mech/gss/exported.h \
	mech/gss/frame.c mech/gss/frame.h \
	mech/gss/init.c \
	mech/gss/inquire.c \
	mech/gss/iov.c \
	mech/gss/localname.c mech/gss/localname.h \
	mech/gss/mech.c \
	mech/gss/message.c mech/gss/message.h \
	mech/gss/name.c mech/gss/name.h \
	mech/gss/prf.c \
	mech/gss/random.c mech/gss/random.h \
	mech/gss/oid.c mech/gss/oid.h \
	mech/gss/register.c mech/gss/register.h \
	mech/gss/status.c mech/gss/status.h \
	mech/gss/transfer.c \
	mech/verify/kinds.c
libface_la_LIBADD = libcore.la $(GSSAPI_LIBS)

# The module, in the directory where a relative name in a mechanism file is
# looked for. It stays loaded once it is (nodelete): a thread or a fork handler may
# still be in it when libgssapi lets go.
gssmechdir = $(libdir)/gss
gssmech_LTLIBRARIES = gss_scram.la
gss_scram_la_SOURCES =
gss_scram_la_LIBADD = libface.la
gss_scram_la_LDFLAGS = $(LIBRARY_LDFLAGS) -module -avoid-version -shared \
	-export-symbols $(srcdir)/mech/gss/exports.txt \
	-Wl,-Bsymbolic -Wl,-z,nodelete -Wl,-z,defs
EXTRA_gss_scram_la_DEPENDENCIES = mech/gss/exports.txt

include_gssapidir = $(includedir)/gssapi
include_gssapi_HEADERS = include/gssapi/gssapi_scram.h
EXTRA_DIST += mech/gss/absent.txt mech/gss/exports.txt
