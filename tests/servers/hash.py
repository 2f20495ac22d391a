"""Hash a password as a program does that keeps users:

    hash.py django|passlib|werkzeug PASSWORD [ROUNDS]
"""

import sys


def django(password, rounds):
    from django.conf import settings
    settings.configure()
    from django.contrib.auth import hashers
    if rounds:
        hasher = hashers.PBKDF2PasswordHasher()
        return hasher.encode(password, hasher.salt(), rounds)
    return hashers.make_password(password)


def passlib(password, rounds):
    from passlib.hash import pbkdf2_sha256
    if rounds:
        return pbkdf2_sha256.using(rounds=rounds).hash(password)
    return pbkdf2_sha256.hash(password)


def werkzeug(password, rounds):
    from werkzeug.security import generate_password_hash
    return generate_password_hash(
        password, f"pbkdf2:sha256:{rounds}" if rounds else "pbkdf2:sha256")


rounds = int(sys.argv[3]) if len(sys.argv) > 3 else None
print({"django": django, "passlib": passlib, "werkzeug": werkzeug}[
    sys.argv[1]](sys.argv[2], rounds))
