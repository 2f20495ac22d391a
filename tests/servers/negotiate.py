#!/usr/bin/python3
"""A client for HTTP Negotiate that says what each leg was answered.

    negotiate.py URL USER [hop | stop | TIMES]

The password is on standard input, a name for the client in the environment
variable AGENT, if it is to have one. One line is printed for each answer: its
status, then X-User and X-Mech. With hop, each leg goes over
a connection of its own, where a browser's go over one; with stop, the client
goes away after the first leg. With a number it logs in so many times with one
credential, each time over a connection of its own, and prints nothing unless a
login fails.
"""

import base64
import http.client
import os
import ssl
import sys
import urllib.parse

import gssapi
import gssapi.raw

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")


def connect(url):
    if url.scheme == "https":
        context = ssl.create_default_context(cafile=None)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(
            url.hostname, url.port, timeout=60, context=context)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=60)


def ask(connection, path, token, quietly):
    """Send a request; return the status and the server's token, if any."""
    encoded = base64.b64encode(token).decode()
    connection.request("GET", path, headers={
        "Authorization": "Negotiate " + encoded,
        "User-Agent": os.environ.get("AGENT", "negotiate.py")})
    answer = connection.getresponse()
    answer.read()
    if not quietly:
        print(answer.status, answer.headers.get("X-User", ""),
              answer.headers.get("X-Mech", ""), flush=True)
    for challenge in answer.headers.get_all("WWW-Authenticate", []):
        scheme, _, encoded = challenge.partition(" ")
        if scheme == "Negotiate":
            return answer.status, base64.b64decode(encoded)
    return answer.status, b""


def log_in(url, credential, way):
    """One login; the last status, and whether both sides are content."""
    context = gssapi.SecurityContext(
        name=gssapi.Name("HTTP@" + url.hostname,
                         gssapi.NameType.hostbased_service),
        creds=credential, mech=SPNEGO, usage="initiate")
    # As curl does: it begins at once, and says nothing more to a server that
    # refused.
    context.__DEFER_STEP_ERRORS__ = False
    connection = connect(url)
    status, answer = 401, None
    while status == 401 and not context.complete:
        try:
            token = context.step(answer)
        except gssapi.exceptions.GSSError as error:
            sys.exit(str(error))
        if answer and way == "hop":
            connection = connect(url)
        status, answer = ask(connection, url.path, token, way.isdigit())
        if way == "stop" or (status == 401 and not answer):
            return False
    if status == 200 and answer:
        context.step(answer)
    connection.close()
    return status == 200 and context.complete


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    way = sys.argv[3] if len(sys.argv) > 3 else "stay"
    user = gssapi.Name(sys.argv[2], gssapi.NameType.user)
    password = sys.stdin.readline().rstrip("\n").encode()
    credential = gssapi.Credentials(gssapi.raw.acquire_cred_with_password(
        user, password, mechs=[SPNEGO], usage="initiate").creds)
    for _ in range(int(way) if way.isdigit() else 1):
        if not log_in(url, credential, way):
            sys.exit(1)


if __name__ == "__main__":
    main()
