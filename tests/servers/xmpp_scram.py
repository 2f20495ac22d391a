#!/usr/bin/python3
"""An XMPP client that logs in by SCRAM-SHA-256 (RFC 6120, section 6).

    xmpp_scram.py PORT HOST USER

The password is on standard input. It prints what the server offers, and the
name of the element that it ends with; the exit code is 0 only if the server let
the user in, and knows the verifier.
"""

import base64
import socket
import sys
import xml.etree.ElementTree

from scram import Scram

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"


class Stream:
    """The elements that a server sends, one by one."""

    def __init__(self, port, host):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.parser = xml.etree.ElementTree.XMLPullParser(("start", "end"))
        self.depth = 0
        self.send("<stream:stream to='%s' version='1.0' xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>" % host)

    def send(self, text):
        self.socket.sendall(text.encode())

    def receive(self):
        while True:
            for event, element in self.parser.read_events():
                self.depth += 1 if event == "start" else -1
                if event == "end" and self.depth == 1:
                    return element
            data = self.socket.recv(4096)
            if not data:
                sys.exit("the server hung up")
            self.parser.feed(data)


def tagged(name, text):
    return base64.b64encode(text.encode()).decode().join(
        ("<%s xmlns='%s'%s>" % (
            name, SASL,
            " mechanism='SCRAM-SHA-256'" if name == "auth" else ""),
         "</%s>" % name))


def main():
    port, host, user = int(sys.argv[1]), *sys.argv[2:]
    scram = Scram(user, sys.stdin.readline().rstrip("\n").encode())
    stream = Stream(port, host)
    offered = stream.receive().iter("{%s}mechanism" % SASL)
    print("offers", *sorted(mechanism.text for mechanism in offered))
    stream.send(tagged("auth", scram()))
    while True:
        element = stream.receive()
        name = element.tag.partition("}")[2]
        text = base64.b64decode(element.text or "")
        if name == "success" and text:
            scram(text)
        if name != "challenge":
            break
        stream.send(tagged("response", scram(text)))
    print(name)
    return 0 if scram.sure and name == "success" else 1


sys.exit(main())
