"""The client's side of SCRAM-SHA-256 (RFC 5802), without channel bindings."""

import base64
import hashlib
import hmac
import os


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


class Scram:
    """Called without a challenge, and then with each: gives the answer. Is sure
    of the server once that has proved to know the verifier."""

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
