"""A server whose thread has somebody else's tickets while a user logs in, as
mod_auth_gssapi's has while it tries a password.

    other_tickets.py CACHE USER PASSWORD

Client and server are this process. It prints whom the server has let in.
"""

import ctypes
import sys

import gssapi
import gssapi.raw

cache, user, password = sys.argv[1:]
library = ctypes.CDLL("libgssapi_krb5.so.2")
minor = ctypes.c_uint32()
if library.gss_krb5_ccache_name(ctypes.byref(minor), cache.encode(), None):
    sys.exit("the thread could not be given a cache")

scram = gssapi.OID.from_int_seq("1.3.6.1.5.5.18")
client_creds = gssapi.Credentials(gssapi.raw.acquire_cred_with_password(
    gssapi.Name(user, gssapi.NameType.user), password.encode(),
    mechs=[scram], usage="initiate").creds)
server_creds = gssapi.Credentials(usage="accept", mechs=[scram])
client = gssapi.SecurityContext(
    name=gssapi.Name("host@localhost", gssapi.NameType.hostbased_service),
    mech=scram, creds=client_creds, usage="initiate")
server = gssapi.SecurityContext(creds=server_creds, usage="accept")
token = None
while not client.complete:
    token = client.step(token)
    if token:
        token = server.step(token)
print("let in:", server.initiator_name)
