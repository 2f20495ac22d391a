"""Both sides of one login, in one process:

    log_in.py USER PASSWORD

Prints who was let in, or that the password was refused.
"""

import sys

import gssapi
from gssapi import raw

SCRAM = gssapi.OID.from_int_seq("1.3.6.1.5.5.18")


def log_in(name, password):
    cred = raw.acquire_cred_with_password(
        gssapi.Name(name, gssapi.NameType.user), password, mechs=[SCRAM],
        usage="initiate").creds
    acceptor = raw.acquire_cred(None, mechs=[SCRAM], usage="accept").creds
    target = gssapi.Name("host@localhost", gssapi.NameType.hostbased_service)
    client = raw.init_sec_context(target, cred, mech=SCRAM)
    server = raw.accept_sec_context(client.token, acceptor)
    client = raw.init_sec_context(target, cred, context=client.context,
                                  mech=SCRAM, input_token=server.token)
    server = raw.accept_sec_context(client.token, acceptor,
                                    context=server.context)
    # The server's turn to prove who it is.
    client = raw.init_sec_context(target, cred, context=client.context,
                                  mech=SCRAM, input_token=server.token)
    assert not client.more_steps and not server.more_steps
    return raw.display_name(server.initiator_name).name.decode()


try:
    print("in:", log_in(sys.argv[1], sys.argv[2].encode()))
except gssapi.exceptions.BadMICError:
    print("refused")
