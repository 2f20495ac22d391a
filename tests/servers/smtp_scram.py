#!/usr/bin/python3
"""An SMTP client that logs in by SCRAM-SHA-256 (RFC 5802, RFC 4954).

    smtp_scram.py PORT USER

The password is on standard input. It prints what the server offers, and its
last answer; the exit code is 0 only if it let the user in, and knows the
verifier.
"""

import base64
import hashlib
import hmac
import os
import smtplib
import sys


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


class Scram:
    """What smtplib calls for the answer to each challenge."""

    def __init__(self, user, password):
        self.first = "n=%s,r=%s" % (user, os.urandom(16).hex())
        self.password = password
        self.expected = None
        self.sure = False

    def __call__(self, challenge=None):
        if challenge is None:
            return "n,," + self.first
        challenge = challenge.decode()
        if self.expected is not None:
            self.sure = challenge == self.expected
            return ""
        nonce, salt, count = challenge.split(",")
        final = "c=biws," + nonce
        text = ",".join((self.first, challenge, final))
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password, base64.b64decode(salt[2:]),
            int(count[2:]))
        key = mac(salted, "Client Key")
        proof = bytes(one ^ other for one, other in zip(
            key, mac(hashlib.sha256(key).digest(), text)))
        self.expected = "v=" + base64.b64encode(
            mac(mac(salted, "Server Key"), text)).decode()
        return final + ",p=" + base64.b64encode(proof).decode()


def main():
    scram = Scram(sys.argv[2], sys.stdin.readline().rstrip("\n").encode())
    with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=60) as server:
        server.ehlo()
        print("offers", server.esmtp_features.get("auth", "").strip())
        try:
            print(*server.auth("SCRAM-SHA-256", scram))
        except smtplib.SMTPAuthenticationError as error:
            print(error.smtp_code, error.smtp_error)
    return 0 if scram.sure else 1


sys.exit(main())
