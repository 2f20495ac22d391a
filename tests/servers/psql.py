#!/usr/bin/env python3
"""psql as the pages use it, without a PostgreSQL: a query of a table of roles,
unaligned and without a title. The table is SQLite's."""
import getopt
import sqlite3
import sys

VERIFIER = (
    "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$"
    "HCV95H5vrxw5YFsfi9QNcERu4zJ+lQ8Tb84j5plM7rY=:"
    "+GSgTrhnIjXMLklh7lNkdEIwxO8oaRPt4WvuohZKBNE="
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
for row in roles.execute(flags["-c"]):
    print("|".join("" if field is None else str(field) for field in row))
