import os
import unittest

import gssapi
from world import (FOLDER, PASSWORD, SCRAM, SPNEGO, STORE, client_cred, service,
                   user)


def pair(mech=SCRAM, **options):
    client = gssapi.SecurityContext(
        name=service(), creds=gssapi.Credentials(client_cred(mech=mech)),
        mech=mech, usage="initiate", **options)
    server = gssapi.SecurityContext(
        creds=gssapi.Credentials(usage="accept", mechs=[mech]), **options)
    token = None
    while not (client.complete and server.complete):
        token = client.step(token)
        if token and not server.complete:
            token = server.step(token)
    return client, server


class HighLevel(unittest.TestCase):
    def test_step(self):
        """contexts are established step by step, with SPNEGO too"""
        for mech in (SCRAM, SPNEGO):
            client, server = pair(mech)
            for context in (client, server):
                self.assertEqual(str(context.initiator_name), "alice")
                self.assertEqual(context.mech, SCRAM)
                self.assertIn(gssapi.RequirementFlag.mutual_authentication,
                              context.actual_flags)
                self.assertGreater(context.lifetime, 0)
                self.assertIsNone(context.delegated_creds)
            self.assertEqual(str(client.target_name), "host@localhost")
            self.assertTrue(client.locally_initiated)
            self.assertFalse(server.locally_initiated)

    def test_messages(self):
        """they protect messages"""
        client, server = pair()
        self.assertEqual(server.decrypt(client.encrypt(b"text")), b"text")
        self.assertEqual(
            client.unwrap(server.wrap(b"text", False).message).message,
            b"text")
        client.verify_signature(b"text", server.get_signature(b"text"))
        self.assertLess(client.get_wrap_size_limit(1000), 1000)

    def test_export(self):
        """they can be exported"""
        client, server = pair()
        server = gssapi.SecurityContext(token=server.export())
        self.assertEqual(server.usage, "accept")
        self.assertEqual(server.decrypt(client.encrypt(b"text")), b"text")

    def test_credentials(self):
        """credentials tell what they are"""
        cred = gssapi.Credentials(client_cred())
        self.assertEqual((str(cred.name), cred.usage), ("alice", "initiate"))
        self.assertIsNone(cred.lifetime)
        self.assertEqual(cred.mechs, {SCRAM})
        self.assertEqual(str(cred.inquire().name), "alice")
        self.assertEqual(cred.inquire_by_mech(SCRAM).usage, "initiate")

    def test_acquire(self):
        """they are acquired, from a credential store too, and added to"""
        place = {"scram_store": STORE}
        found = gssapi.Credentials.acquire(
            mechs=[SCRAM], usage="accept", store=place)
        self.assertEqual(found.creds.usage, "accept")
        added = gssapi.Credentials(
            gssapi.raw.acquire_cred(None, mechs=[SPNEGO],
                                    usage="accept").creds).add(
            service(), SCRAM, usage="accept", store=place)
        self.assertIn(SCRAM, added.mechs)

    def test_store(self):
        """they are stored, and acquired again"""
        place = {"scram_credentials": os.path.join(FOLDER, "high-level")}
        gssapi.Credentials(client_cred()).store(
            place, usage="initiate", mech=SCRAM, overwrite=True)
        cred = gssapi.Credentials(name=user(), usage="initiate",
                                  mechs=[SCRAM], store=place)
        self.assertEqual(str(cred.name), "alice")

    def test_transfer(self):
        """they are exported, and imported again"""
        token = gssapi.Credentials(client_cred(PASSWORD)).export()
        self.assertEqual(str(gssapi.Credentials(token=token).name), "alice")
