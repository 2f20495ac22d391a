"""A directory that nobody should have to do with.

    hostile.py MODE

prints the port of loopback on which it listens, and then is, to everybody who
connects, in MODE

    reset     gone at once
    silent    without a word
    rubbish   full of bytes that are no LDAP
    endless   willing to let them bind, and to answer a search with entries
              that do not end
"""

import os
import socket
import struct
import sys
import threading


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(peer):
    while peer.recv(4096):
        pass


def rubbish(peer):
    peer.recv(4096)
    peer.sendall(os.urandom(65536))


def tagged(tag, *parts):
    """BER: a tag, a length in four bytes, and what they are of."""
    content = b"".join(parts)
    return bytes([tag, 0x84]) + struct.pack(">I", len(content)) + content


def endless(peer):
    while request := peer.recv(4096):
        number = request[2:5]  # messageID, up to 127
        if request[5] == 0x60:  # BindRequest
            answer = tagged(0x61, b"\x0a\x01\x00\x04\x00\x04\x00")
            peer.sendall(tagged(0x30, number, answer))
        while request[5] == 0x63:  # SearchRequest
            value = tagged(0x31, tagged(0x04, b"X-OTHER$c2FsdA==$aGFzaA=="))
            attribute = tagged(0x30, tagged(0x04, b"authPassword"), value)
            entry = tagged(0x64, tagged(0x04, b"uid=alice"), tagged(0x30, attribute))
            peer.sendall(tagged(0x30, number, entry))


def serve(peer, mode):
    with peer:
        try:
            mode(peer)
        except OSError:
            pass  # the peer has had enough


def main():
    mode = {m.__name__: m for m in (reset, silent, rubbish, endless)}[sys.argv[1]]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=serve, args=(peer, mode), daemon=True).start()


main()
