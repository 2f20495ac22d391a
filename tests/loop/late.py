#!/usr/bin/python3
"""Strangers who answer the example server when their deadline passes.

    late.py PORT TIMEOUT COUNT

Each of COUNT clients says that it is alice and, once it has server-first, sends
a proof of nothing but zeros within three milliseconds of the moment at which
TIMEOUT, the server's handshake_timeout in seconds, is over: the server finds
the answer too late, or the time up before the answer. How many fared how is
printed; the exit code is 0 only if none of them was told that it is in. Whether
the server thinks so is in its output.
"""

import collections
import re
import socket
import struct
import sys
import time

GREETING, CONTEXT = 0x11, 0x02
FIRST = b"n=alice,r=stranger"
SENT_AWAY = {"closed", "e=other-error", "e=invalid-proof"}
OID = bytes.fromhex("06062b0601050512")


def packet(flags, token):
    return struct.pack(">BI", flags, len(token)) + token


def receive(client):
    """The next token; None where the connection was closed instead."""
    head = client.recv(5, socket.MSG_WAITALL)
    if len(head) < 5:
        return None
    length = struct.unpack(">BI", head)[1]
    return client.recv(length, socket.MSG_WAITALL) if length else b""


def begin(port, number, timeout):
    """A client that has server-first, when it is to answer, and what."""
    framed = bytes([0x60, len(OID) + len(FIRST)]) + OID + FIRST
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(packet(GREETING, b"") + packet(CONTEXT, framed))
    nonce = re.match(rb"r=([^,]*),", receive(client)).group(1)
    due = time.monotonic() + timeout + (number % 61 - 30) / 10000
    answer = b"c=,r=" + nonce + b",p=" + b"A" * 43 + b"="
    return due, client, packet(CONTEXT, answer)


def fare(client):
    """What became of a client that has answered."""
    try:
        token = receive(client)
    except ConnectionResetError:
        token = None
    if token is None:
        return "closed"
    return token.decode() if token.startswith(b"e=") else "let in"


def main():
    port, timeout, count = (int(word) for word in sys.argv[1:])
    clients = [begin(port, number, timeout) for number in range(count)]
    for due, client, answer in sorted(clients, key=lambda c: c[0]):
        while time.monotonic() < due:
            pass
        try:
            client.sendall(answer)
        except ConnectionError:
            pass
    fared = collections.Counter(fare(client) for _, client, _ in clients)
    for what, many in fared.items():
        print(many, what)
    return 0 if fared.keys() <= SENT_AWAY else 1


sys.exit(main())
