"""What the tests of the binding share: users, mechanisms and contexts."""

import os

import gssapi
from gssapi import raw

SCRAM = gssapi.OID.from_int_seq("1.3.6.1.5.5.18")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
PASSWORD = b"correct horse"
STORE = os.environ["TEST_STORE"]  # with alice and her password in it
FOLDER = os.environ["TEST_FOLDER"]  # to write to


def user(name="alice"):
    return gssapi.Name(name, gssapi.NameType.user)


def service(name="host@localhost"):
    return gssapi.Name(name, gssapi.NameType.hostbased_service)


def client_cred(password=PASSWORD, mech=SCRAM, name="alice"):
    return raw.acquire_cred_with_password(
        user(name), password, mechs=[mech], usage="initiate").creds


def server_cred(mech=SCRAM):
    return raw.acquire_cred(None, mechs=[mech], usage="accept").creds


def first_leg(cred=None, **options):
    """Both sides after the client's first token and the server's answer."""
    client = raw.init_sec_context(
        service(), cred or client_cred(), mech=SCRAM, **options)
    server = raw.accept_sec_context(client.token, server_cred())
    return client, server


def established(mech=SCRAM, bindings=None, password=PASSWORD):
    """A pair of contexts that have completed: the client's and the server's
    last answers."""
    cred = client_cred(password, mech)
    acceptor = server_cred(mech)
    client = server = None
    while client is None or client.more_steps or server.more_steps:
        if client is None or client.more_steps:
            client = raw.init_sec_context(
                service(), cred, context=client and client.context, mech=mech,
                input_token=server and server.token,
                channel_bindings=bindings)
        if server is None or server.more_steps:
            server = raw.accept_sec_context(
                client.token, acceptor, context=server and server.context,
                channel_bindings=bindings)
    return client, server


def contexts(**options):
    """The contexts alone."""
    client, server = established(**options)
    return client.context, server.context
