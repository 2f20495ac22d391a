#!/usr/bin/python3
"""An LDAP client that answers past its deadline, and is not even alice.

    late_bind.py PORT MECHANISM TIMEOUT

It begins a bind by the SASL mechanism, SCRAM-SHA-256 (RFC 5802, as GS2 has it)
or GSS-SPNEGO, takes the server's challenge, waits until TIMEOUT, the server's
handshake_timeout in seconds, is over, and sends a proof of nothing but zeros.
It prints the result code of each answer; the exit code is 0 only if the server
asked for more first (14) and then refused.
"""

import re
import socket
import sys
import time

BIND_IN_PROGRESS = 14
FIRST = b"n=alice,r=stranger"
SCRAM = bytes.fromhex("06062b0601050512")
SPNEGO = bytes.fromhex("06062b0601050502")


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    return bytes([tag, 0x82, size >> 8, size & 255]) + body


def bind(number, mechanism, token):
    """A BindRequest (RFC 4511, section 4.2) with SASL credentials."""
    sasl = der(0xa3, der(4, mechanism.encode()), der(4, token))
    return der(0x30, der(2, bytes([number])),
               der(0x60, der(2, b"\x03"), der(4), sasl))


def ask(connection, request):
    """Send a request; return the answer's result code and all its bytes."""
    connection.sendall(request)
    answer = connection.recv(65536)
    code = re.search(rb"\x0a\x01(.)", answer, re.DOTALL)
    print(code.group(1)[0] if code else "closed", flush=True)
    return code.group(1)[0] if code else None, answer


def main():
    port, mechanism, timeout = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    negotiates = mechanism == "GSS-SPNEGO"
    first = b"n,," + FIRST
    if negotiates:
        token = der(0x60, SCRAM, FIRST)
        first = der(0x60, SPNEGO, der(0xa0, der(
            0x30, der(0xa0, der(0x30, SCRAM)), der(0xa2, der(4, token)))))
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    code, answer = ask(connection, bind(1, mechanism, first))
    if code != BIND_IN_PROGRESS:
        return 1
    time.sleep(timeout + 0.2)
    nonce = re.search(rb"r=([^,]*),s=", answer).group(1)
    binding = b"" if negotiates else b"biws"
    last = b"c=" + binding + b",r=" + nonce + b",p=" + b"A" * 43 + b"="
    if negotiates:
        last = der(0xa1, der(0x30, der(0xa2, der(4, last))))
    code, answer = ask(connection, bind(2, mechanism, last))
    return 0 if code not in (None, 0, BIND_IN_PROGRESS) else 1


sys.exit(main())
