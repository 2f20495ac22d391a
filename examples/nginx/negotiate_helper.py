#!/usr/bin/python3
"""Log clients of nginx in by HTTP Negotiate, for auth_request.

    negotiate_helper.py SOCKET

nginx asks over the socket before it gives out a page. It says which connection
of its own the request came over (GSS-Connection), and passes the client's
Authorization on. The answer is 200 and the user's name (GSS-User), or 401 and
what the client is to be told (WWW-Authenticate). A login takes two requests
over one connection; for as long as that lasts, it is the user's. doc/nginx.md
says what makes that safe.
"""

import base64
import collections
import http.server
import os
import socketserver
import sys
import threading
import time
import urllib.parse

import gssapi
import gssapi.raw

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
SCRAM_SHA_256 = gssapi.OID.from_int_seq("1.3.6.1.5.5.18")

# Of logins whose second message is to come, and of connections that are users'.
# An hour is as long as nginx keeps a connection (keepalive_time).
HALF_OPEN_MAX = 1000
HALF_OPEN_SECONDS = 60
LOGGED_IN_MAX = 100000
LOGGED_IN_SECONDS = 3600


class Table:
    """What is known of connections: the oldest of too many gives way, and each
    is forgotten after its time."""

    def __init__(self, most, seconds):
        self.most = most
        self.seconds = seconds
        self.lock = threading.Lock()
        self.entries = collections.OrderedDict()

    def put(self, connection, value):
        with self.lock:
            self.entries.pop(connection, None)
            self.entries[connection] = (time.monotonic() + self.seconds, value)
            self.drop()

    def look(self, connection):
        with self.lock:
            self.drop()
            return self.entries.get(connection, (0, None))[1]

    def take(self, connection):
        with self.lock:
            self.drop()
            return self.entries.pop(connection, (0, None))[1]

    def drop(self):
        """They are in the order in which they were put."""
        while self.entries:
            connection, (until, _) = next(iter(self.entries.items()))
            if len(self.entries) <= self.most and time.monotonic() < until:
                break
            del self.entries[connection]


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 30  # for the whole of nginx's request

    def do_GET(self):
        connections = self.headers.get_all("GSS-Connection", [])
        credentials = self.headers.get_all("Authorization", [])
        if len(connections) != 1 or not connections[0] or len(credentials) > 1:
            print("nginx does not say over which connection, or says it twice",
                  file=sys.stderr, flush=True)
            self.answer(500)
        elif credentials and credentials[0]:
            self.log_in(connections[0], credentials[0])
        else:
            user = self.server.logged_in.look(connections[0])
            self.answer(200 if user else 401, user=user)

    def log_in(self, connection, credentials):
        """The next step of a connection's login, or the first of a new one."""
        self.server.logged_in.take(connection)
        context = self.server.half_open.take(connection)
        scheme, _, encoded = credentials.partition(" ")
        token = None
        try:
            if scheme.lower() != "negotiate":
                raise ValueError("it is not Negotiate")
            if context is None:
                context = gssapi.SecurityContext(
                    creds=self.server.credentials, usage="accept")
            token = context.step(base64.b64decode(encoded, validate=True))
            # An error of the step is raised here, and its token goes out.
            complete = context.complete
        except (gssapi.exceptions.GSSError, ValueError) as error:
            print("refused:", error, file=sys.stderr, flush=True)
            self.answer(401, token)
            return
        if not complete:
            self.server.half_open.put(connection, context)
            self.answer(401, token)
            return
        # A header has neither blanks at its ends nor all characters.
        user = urllib.parse.quote(str(context.initiator_name), safe="")
        self.server.logged_in.put(connection, user)
        self.answer(200, token, user)

    def answer(self, status, token=None, user=None):
        self.send_response(status)
        if token:
            self.send_header("WWW-Authenticate",
                             "Negotiate " + base64.b64encode(token).decode())
        elif status == 401:
            self.send_header("WWW-Authenticate", "Negotiate")
        if user:
            self.send_header("GSS-User", user)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """nginx has a log of requests."""


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path):
        if os.path.exists(path):
            os.unlink(path)
        os.umask(0o117)  # the account, and the group that nginx is in
        super().__init__(path, Handler)
        self.credentials = gssapi.Credentials(usage="accept", mechs=[SPNEGO])
        gssapi.raw.set_neg_mechs(self.credentials, [SCRAM_SHA_256])
        self.half_open = Table(HALF_OPEN_MAX, HALF_OPEN_SECONDS)
        self.logged_in = Table(LOGGED_IN_MAX, LOGGED_IN_SECONDS)


def main():
    with Server(sys.argv[1]) as server:
        print("serves", sys.argv[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
