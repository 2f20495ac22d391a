#!/usr/bin/python3
"""Hold gss-scramd's sockets, as systemd does, and start it whenever it ends.

    hold_sockets.py SOCKET ADMIN COMMAND...

The command gets both as its descriptors 3 and 4. SIGTERM ends it, and this.
"""

import os
import signal
import socket
import sys

WAITED_FOR = {signal.SIGTERM, signal.SIGCHLD}


def listen(path, mode, number):
    """Listen at a path, by a descriptor of that number; nothing else has it."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.path.exists(path):
        os.unlink(path)
    before = os.umask(0o777 & ~mode)
    listener.bind(path)
    os.umask(before)
    listener.listen(128)
    if listener.fileno() == number:
        os.set_inheritable(listener.detach(), True)
    else:
        os.dup2(listener.fileno(), number)


def start(command):
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)
        os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
        os.execv(command[0], command)
    return child


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
    for number in (3, 4):
        listen(sys.argv[number - 2], 0o666 if number == 3 else 0o600, number)
    child = start(sys.argv[3:])
    while signal.sigwait(WAITED_FOR) != signal.SIGTERM:
        if os.waitpid(child, os.WNOHANG)[0] == child:
            child = start(sys.argv[3:])
    os.kill(child, signal.SIGTERM)
    os.kill(child, signal.SIGCONT)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
