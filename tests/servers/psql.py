#!/usr/bin/env python3
"""psql as the pages use it, without a PostgreSQL: a query of a table of roles,
or of Django's or Keycloak's users, unaligned and without a title. The tables are
SQLite's."""
import base64
import getopt
import hashlib
import json
import sqlite3
import sys

VERIFIER = (
    "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$"
    "HCV95H5vrxw5YFsfi9QNcERu4zJ+lQ8Tb84j5plM7rY=:"
    "+GSgTrhnIjXMLklh7lNkdEIwxO8oaRPt4WvuohZKBNE="
)

SALT = b"saltsaltsaltsalt"
HASH = base64.b64encode(
    hashlib.pbkdf2_hmac("sha256", b"correct horse", SALT, 27500)).decode()
DJANGO = f"pbkdf2_sha256$27500${SALT.decode()}${HASH}"
KEYCLOAK = (
    json.dumps({"hashIterations": 27500, "algorithm": "pbkdf2-sha256"}),
    json.dumps({"value": HASH, "salt": base64.b64encode(SALT).decode()}),
)

flags = dict(getopt.getopt(sys.argv[1:], "XAtc:")[0])
if not {"-A", "-t", "-c"} <= set(flags):
    sys.exit("psql: that prints a title, or a table, or nothing")
roles = sqlite3.connect(":memory:")
roles.create_function("now", 0, lambda: "2026-11-29")
roles.execute(
    "CREATE TABLE pg_authid (rolname, rolpassword, rolcanlogin, rolvaliduntil)"
)
roles.execute(
    "INSERT INTO pg_authid VALUES ('carol', ?, true, NULL)", (VERIFIER,)
)
roles.execute("CREATE TABLE auth_user (username, password, is_active)")
roles.execute("INSERT INTO auth_user VALUES ('dora', ?, true)", (DJANGO,))
roles.execute("CREATE TABLE realm (id, name)")
roles.execute("INSERT INTO realm VALUES (1, 'example')")
roles.execute("CREATE TABLE user_entity (id, realm_id, username, enabled)")
roles.execute("INSERT INTO user_entity VALUES (2, 1, 'fay', true)")
roles.execute(
    "CREATE TABLE credential (user_id, type, credential_data, secret_data)"
)
roles.execute("INSERT INTO credential VALUES (2, 'password', ?, ?)", KEYCLOAK)
for row in roles.execute(flags["-c"]):
    print("|".join("" if field is None else str(field) for field in row))
