"""Tokens on a socket: four bytes of length, and as many of token."""

import struct

LONGEST = 1 << 20


def receive(stream):
    """The next token; none at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length, = struct.unpack(">I", head)
    if length > LONGEST:
        raise ValueError("a token of %d bytes" % length)
    return stream.read(length)


def send(stream, token):
    stream.write(struct.pack(">I", len(token)) + token)
    stream.flush()
