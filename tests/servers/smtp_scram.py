#!/usr/bin/python3
"""An SMTP client that logs in by SCRAM-SHA-256 (RFC 5802, RFC 4954).

    smtp_scram.py PORT USER

The password is on standard input. It prints what the server offers, and its
last answer; the exit code is 0 only if it let the user in, and knows the
verifier.
"""

import smtplib
import sys

from scram import Scram


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
