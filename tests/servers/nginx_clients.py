"""Clients of the example for nginx, whose requests come in between each other.

    nginx_clients.py URL HELPER USER PASSWORD USER PASSWORD

It prints what is not as it should be, and then the exit code is 1. HELPER is
the example's file, whose table of connections is tried too.
"""

import base64
import importlib.util
import sys
import time
import urllib.parse

import gssapi
import gssapi.raw

import negotiate

bad = False


def expect(what, found, wanted):
    global bad
    if found != wanted:
        bad = True
        print("%s: %r, not %r" % (what, found, wanted))


class Client:
    """A connection, and one login over it."""

    def __init__(self, url, user=None, password=None):
        self.url = url
        self.connection = negotiate.connect(url)
        self.answer = None
        if user is None:
            return
        credentials = gssapi.Credentials(gssapi.raw.acquire_cred_with_password(
            gssapi.Name(user, gssapi.NameType.user), password.encode(),
            mechs=[negotiate.SPNEGO], usage="initiate").creds)
        self.context = gssapi.SecurityContext(
            name=gssapi.Name("HTTP@" + url.hostname,
                             gssapi.NameType.hostbased_service),
            creds=credentials, mech=negotiate.SPNEGO, usage="initiate")

    def ask(self, headers=()):
        """The status, and whose page it is."""
        self.connection.putrequest("GET", self.url.path)
        for name, value in headers:
            self.connection.putheader(name, value)
        self.connection.endheaders()
        response = self.connection.getresponse()
        response.read()
        self.number = response.headers["X-Connection"]
        self.told = response.headers.get_all("WWW-Authenticate", [])
        return response.status, response.headers.get("X-User")

    def leg(self):
        token = self.context.step(self.answer)
        outcome = self.ask([("Authorization", "Negotiate " +
                             base64.b64encode(token).decode())])
        self.answer = base64.b64decode(self.told[0].split()[1])
        return outcome

    def knows_the_server(self):
        self.context.step(self.answer)
        return self.context.complete


def try_two(url, one, other):
    first, second = Client(url, *one), Client(url, *other)
    expect("the first begins", first.leg(), (401, None))
    expect("the second begins", second.leg(), (401, None))
    expect("the second ends", second.leg(), (200, other[0]))
    expect("the first ends", first.leg(), (200, one[0]))
    expect("the first knows the server", first.knows_the_server(), True)
    expect("the second does", second.knows_the_server(), True)
    for _ in range(2):
        expect("the second's page", second.ask(), (200, other[0]))
        expect("the first's page", first.ask(), (200, one[0]))
    return first


def try_stranger(url, first, user):
    """Who has no login says to be on a connection that has one."""
    stranger = Client(url)
    for name in ("GSS-Connection", "gss-connection", "GSS_Connection",
                 "X-Connection"):
        for headers in ([(name, first.number)], [(name, first.number)] * 2,
                        [(name, first.number), ("GSS-User", user)]):
            expect("a stranger with " + name, stranger.ask(headers),
                   (401, None))
            expect("what is said then", stranger.told, ["Negotiate"])
    expect("connections have names", stranger.number != first.number, True)
    for credentials in ("Negotiate", "Negotiate *", "Negotiate AAAA",
                        "Basic YTpi", "Negotiate YA==", "NTLM AAAA"):
        expect("a stranger with " + credentials, stranger.ask(
            [("Authorization", credentials)]), (401, None))
    expect("the first's page", first.ask(), (200, user))
    expect("with a wrong token", first.ask(
        [("Authorization", "Negotiate AAAA")]), (401, None))
    expect("and afterwards", first.ask(), (401, None))


def try_table(path):
    spec = importlib.util.spec_from_file_location("helper", path)
    helper = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(helper)
    table = helper.Table(2, 3600)
    for name in "abca":
        table.put(name, name.upper())
    expect("the oldest gives way", [table.look(name) for name in "abc"],
           ["A", None, "C"])
    expect("what is taken", [table.take("a"), table.take("a")], ["A", None])
    brief = helper.Table(2, 0.01)
    brief.put("a", "A")
    time.sleep(0.02)
    expect("what is old", [brief.look("a"), len(brief.entries)], [None, 0])


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    one, other = sys.argv[3:5], sys.argv[5:7]
    first = try_two(url, one, other)
    try_stranger(url, first, one[0])
    try_table(sys.argv[2])
    return 1 if bad else 0


sys.exit(main())
