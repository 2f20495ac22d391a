#!/usr/bin/env python3
"""Run a command on a terminal and answer when it asks for a password.

    typist.py PASSWORD [LINE] -- COMMAND...

LINE is typed at once, for a command that reads without asking. What appears on
the terminal goes to standard output; the command's exit code is the result.
"""
import os
import pty
import re
import signal
import sys

ASKS = re.compile(rb"(password.*|the same again): ?\Z", re.IGNORECASE)

COLOUR = re.compile(rb"\x1b\[[0-9;]*m|\r")


def main():
    end = sys.argv.index("--")
    password, typed = sys.argv[1], sys.argv[2:end]
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
    for line in typed:
        os.write(terminal, line.encode() + b"\n")
    line = b""
    while True:
        try:
            output = os.read(terminal, 4096)
        except OSError:  # nobody has the terminal any more
            break
        if not output:
            break
        output = COLOUR.sub(b"", output)
        sys.stdout.buffer.write(output)
        sys.stdout.flush()
        line = (line + output).rpartition(b"\n")[2]
        if ASKS.search(line):
            os.write(terminal, password.encode() + b"\n")
            line = b""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF


sys.exit(main())
