"""A server that tells each client its name, in a message for it alone.

    server.py

It prints the port that it listens on, then a line for each client.
"""

import socketserver

import gssapi

import wire


class Handler(socketserver.StreamRequestHandler):
    # The mechanism gives a client as long to answer (handshake_timeout), but
    # only a timeout of our own ends a wait for it.
    timeout = 30

    def handle(self):
        try:
            self.serve()
        except (gssapi.exceptions.GSSError, OSError, ValueError) as error:
            print("refused:", error, flush=True)

    def serve(self):
        context = gssapi.SecurityContext(creds=self.server.cred,
                                         usage="accept")
        while not context.complete:
            token = wire.receive(self.rfile)
            if token is None:
                return
            # A token comes back when a login fails too, and goes out before
            # the error is raised: by the next look at the context.
            answer = context.step(token)
            if answer:
                wire.send(self.wfile, answer)
        print("logged in:", context.initiator_name,
              context.mech.dotted_form, flush=True)
        question = wire.receive(self.rfile)
        if question is not None:
            text = context.decrypt(question).decode()
            wire.send(self.wfile, context.encrypt(
                ("%s, %s" % (text, context.initiator_name)).encode()))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.cred = gssapi.Credentials(usage="accept")
        print("listening on", server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
