#!/usr/bin/python3
"""Pass clients on to a server, and write down every byte that either says.

    record.py SERVER FILE

SERVER is a port of loopback, or the path of a local socket. One client is served
after the other, on a port of loopback that is printed. FILE is appended to.
"""

import select
import socket
import sys


def connect(server):
    if server.isdigit():
        return socket.create_connection(("127.0.0.1", int(server)))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(server)
    return connection


def pass_on(client, server, record):
    """Until one of them hangs up."""
    other = {client: server, server: client}
    while True:
        for ready in select.select(list(other), [], [])[0]:
            try:
                data = ready.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return
            record.write(data)
            other[ready].sendall(data)


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], "listens", flush=True)
    with open(sys.argv[2], "ab", buffering=0) as record:
        while True:
            client = listener.accept()[0]
            with client, connect(sys.argv[1]) as server:
                try:
                    pass_on(client, server, record)
                except (BrokenPipeError, ConnectionResetError):
                    pass


main()
