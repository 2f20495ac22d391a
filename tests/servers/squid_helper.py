"""What squid asks of its helper for Negotiate, for a client that logs in.

    squid_helper.py SERVICE PASSWORD HELPER [OPTION...]

Logs in as alice by SPNEGO and prints the helper's last line.
"""

import base64
import subprocess
import sys

import gssapi
from gssapi.raw import acquire_cred_with_password

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")


def ask(helper, request, token):
    helper.stdin.write("%s %s\n" % (request, base64.b64encode(token).decode()))
    helper.stdin.flush()
    return helper.stdout.readline().split()


def log_in(helper, service, password):
    user = gssapi.Name("alice", gssapi.NameType.user)
    cred = acquire_cred_with_password(user, password.encode(), mechs=[SPNEGO],
                                      usage="initiate").creds
    client = gssapi.SecurityContext(
        name=gssapi.Name(service, gssapi.NameType.hostbased_service),
        creds=gssapi.Credentials(cred), mech=SPNEGO, usage="initiate")
    answer = ask(helper, "YR", client.step())
    while answer and answer[0] == "TT":
        token = base64.b64decode(answer[1].partition("=")[2])
        answer = ask(helper, "KK", client.step(token))
    if answer and answer[0] == "OK":
        token = [word for word in answer if word.startswith("token=")][0]
        client.step(base64.b64decode(token.partition("=")[2]))
        print("the client is sure" if client.complete else "in doubt")
    return " ".join(word for word in answer if not word.startswith("token="))


def main():
    service, password, *command = sys.argv[1:]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE) as helper:
        print(log_in(helper, service, password))
        helper.stdin.close()


if __name__ == "__main__":
    main()
