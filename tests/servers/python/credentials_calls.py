import os
import unittest

import gssapi
from gssapi import raw
from world import (FOLDER, PASSWORD, SCRAM, SPNEGO, STORE, client_cred,
                   first_leg, server_cred, service, user)


def log_in(cred, acceptor=None):
    """Whether a credential is good for a login; the user's name if so."""
    client = raw.init_sec_context(service(), cred, mech=SCRAM)
    acceptor = acceptor or server_cred()
    server = raw.accept_sec_context(client.token, acceptor)
    client = raw.init_sec_context(service(), cred, context=client.context,
                                  mech=SCRAM, input_token=server.token)
    server = raw.accept_sec_context(client.token, acceptor,
                                    context=server.context)
    return raw.display_name(server.initiator_name).name


class Credentials(unittest.TestCase):
    def test_password(self):
        """a credential acquired with a password logs in"""
        found = raw.acquire_cred_with_password(user(), PASSWORD, mechs=[SCRAM])
        self.assertEqual(found.mechs, {SCRAM})
        self.assertIsNone(found.lifetime)
        self.assertEqual(log_in(found.creds), b"alice")

    def test_inquire(self):
        """a user's credential tells whose it is, and for what"""
        found = raw.inquire_cred(client_cred())
        self.assertEqual(raw.display_name(found.name).name, b"alice")
        self.assertEqual((found.usage, found.lifetime), ("initiate", None))
        self.assertEqual(found.mechs, {SCRAM})

    def test_inquire_server(self):
        """a server's credential tells that it is one"""
        found = raw.inquire_cred(server_cred())
        self.assertEqual((found.usage, found.lifetime), ("accept", None))

    def test_inquire_by_mech(self):
        """it says so by mechanism too"""
        found = raw.inquire_cred_by_mech(client_cred(), SCRAM)
        self.assertEqual(raw.display_name(found.name).name, b"alice")
        self.assertEqual(found.usage, "initiate")
        found = raw.inquire_cred_by_mech(server_cred(), SCRAM)
        self.assertEqual(found.usage, "accept")

    def test_add(self):
        """the mechanism can be added to a credential, for a server"""
        cred = raw.add_cred(raw.Creds(), service(), SCRAM, usage="accept").creds
        self.assertEqual(log_in(client_cred(), cred), b"alice")

    def test_add_in_place(self):
        """it can be added to a credential of another mechanism"""
        cred = raw.acquire_cred(None, mechs=[SPNEGO], usage="accept").creds
        raw.add_cred(cred, service(), SCRAM, usage="accept", mutate_input=True)
        self.assertEqual(log_in(client_cred(), cred), b"alice")

    def test_add_with_password(self):
        """it can be added with a password"""
        cred = raw.add_cred_with_password(
            raw.Creds(), user(), SCRAM, PASSWORD).creds
        self.assertEqual(log_in(cred), b"alice")

    def test_from_store(self):
        """a store of verifiers can be named"""
        cred = raw.acquire_cred_from(
            {b"scram_store": STORE.encode()}, mechs=[SCRAM],
            usage="accept").creds
        self.assertEqual(log_in(client_cred(), cred), b"alice")
        with self.assertRaises(gssapi.exceptions.MissingCredentialsError):
            raw.acquire_cred_from({b"scram_store": b"file:/nowhere/at.all"},
                                  mechs=[SCRAM], usage="accept")

    def test_from_password(self):
        """a password can be in the credential store"""
        cred = raw.acquire_cred_from({b"password": PASSWORD}, user(),
                                     mechs=[SCRAM], usage="initiate").creds
        self.assertEqual(log_in(cred), b"alice")

    def test_add_from(self):
        """a credential can be added from a credential store"""
        cred = raw.add_cred_from({b"password": PASSWORD}, raw.Creds(), user(),
                                 SCRAM, usage="initiate").creds
        self.assertEqual(log_in(cred), b"alice")

    def test_none(self):
        """without a password there is no credential"""
        with self.assertRaises(gssapi.exceptions.MissingCredentialsError):
            raw.acquire_cred(user(), mechs=[SCRAM], usage="initiate")

    def test_release(self):
        """a context outlives the credential that it was begun with"""
        cred = client_cred()
        client, server = first_leg(cred)
        raw.release_cred(cred)
        client = raw.init_sec_context(
            service(), None, context=client.context, mech=SCRAM,
            input_token=server.token)
        self.assertTrue(client.token)

    def test_neg_mechs(self):
        """SPNEGO takes the mechanism as the only one to negotiate"""
        cred = client_cred(mech=SPNEGO)
        raw.set_neg_mechs(cred, [SCRAM])
        client = raw.init_sec_context(service(), cred, mech=SPNEGO)
        self.assertIn(bytes(SCRAM), client.token)

    def test_store_into(self):
        """a credential stored into a file is acquired from it"""
        path = os.path.join(FOLDER, "stored").encode()
        place = {b"scram_credentials": path}
        raw.store_cred_into(place, client_cred(), "initiate", SCRAM, True)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        cred = raw.acquire_cred_from(place, user(), mechs=[SCRAM],
                                     usage="initiate").creds
        self.assertEqual(log_in(cred), b"alice")

    def test_store(self):
        """a credential stored is the default from then on"""
        path = os.path.join(FOLDER, "default")
        os.environ["GSS_SCRAM_CREDENTIALS"] = path
        self.addCleanup(os.environ.pop, "GSS_SCRAM_CREDENTIALS")
        raw.store_cred(client_cred(), "initiate", SCRAM, True, True)
        cred = raw.acquire_cred(None, mechs=[SCRAM], usage="initiate").creds
        self.assertEqual(log_in(cred), b"alice")

    def test_transfer(self):
        """credentials of both kinds survive export and import"""
        cred = raw.import_cred(raw.export_cred(client_cred()))
        acceptor = raw.import_cred(raw.export_cred(server_cred()))
        self.assertEqual(log_in(cred, acceptor), b"alice")
