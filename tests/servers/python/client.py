"""A client for server.py.

    client.py PORT USER [MECHANISM]

The password is on standard input; the mechanism is an OID. Without a user the
credential is the account's own. It prints what the server answered, or why there
is no answer.
"""

import socket
import sys

import gssapi
import gssapi.raw

import wire


def credential(user, mech):
    if not user:
        return gssapi.Credentials(mechs=[mech], usage="initiate")
    password = sys.stdin.readline().rstrip("\n").encode()
    return gssapi.Credentials(gssapi.raw.acquire_cred_with_password(
        gssapi.Name(user, gssapi.NameType.user), password, mechs=[mech],
        usage="initiate").creds)


def main():
    port, user = int(sys.argv[1]), sys.argv[2]
    mech = gssapi.OID.from_int_seq(
        sys.argv[3] if len(sys.argv) > 3 else "1.3.6.1.5.5.18")
    context = gssapi.SecurityContext(
        name=gssapi.Name("host@localhost",
                         gssapi.NameType.hostbased_service),
        creds=credential(user, mech), mech=mech, usage="initiate")
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        stream = connection.makefile("rwb")
        token = None
        while not context.complete:
            answer = context.step(token)
            if answer:
                wire.send(stream, answer)
            if not context.complete:
                token = wire.receive(stream)
                if token is None:
                    sys.exit("the server hung up")
        wire.send(stream, context.encrypt(b"hello"))
        print(context.decrypt(wire.receive(stream)).decode())


if __name__ == "__main__":
    try:
        main()
    except gssapi.exceptions.GSSError as error:
        sys.exit(str(error))
