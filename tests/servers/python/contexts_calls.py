import struct
import unittest

import gssapi
from gssapi import raw
from gssapi.raw import RequirementFlag as Flag
from world import (SCRAM, SPNEGO, client_cred, contexts, established,
                   first_leg, server_cred, service)

TIME_LEFT = gssapi.OID.from_int_seq(
    "2.25.241805289178185233858696328515116865828")
GIVEN = {Flag.mutual_authentication, Flag.replay_detection,
         Flag.out_of_sequence_detection, Flag.confidentiality, Flag.integrity}


class Contexts(unittest.TestCase):
    def test_inquire(self):
        """both sides know each other's names and what they have"""
        for context, local in zip(contexts(), (True, False)):
            found = raw.inquire_context(context)
            self.assertEqual(
                raw.display_name(found.initiator_name).name, b"alice")
            if local:
                self.assertEqual(raw.display_name(found.target_name).name,
                                 b"host@localhost")
            self.assertEqual(found.mech, SCRAM)
            self.assertLessEqual(GIVEN, set(found.flags))
            self.assertEqual((found.locally_init, found.complete),
                             (local, True))
            self.assertIsNone(found.lifetime)

    def test_time(self):
        """an established context lasts, as far as a client can tell"""
        for context in contexts():
            self.assertGreaterEqual(raw.context_time(context), 2 ** 32 - 1)

    def test_spnego(self):
        """SPNEGO negotiates the mechanism"""
        client, server = contexts(mech=SPNEGO)
        self.assertEqual(raw.inquire_context(server).mech, SCRAM)
        sent = raw.wrap(client, b"text").message
        self.assertEqual(raw.unwrap(server, sent).message, b"text")

    def test_bindings(self):
        """channel bindings that match bind, and others are refused"""
        same = raw.ChannelBindings(application_data=b"n,,same")
        contexts(bindings=same)
        client = raw.init_sec_context(service(), client_cred(), mech=SCRAM,
                                      channel_bindings=same)
        other = raw.ChannelBindings(application_data=b"n,,other")
        cred = server_cred()
        server = raw.accept_sec_context(client.token, cred,
                                        channel_bindings=other)
        client = raw.init_sec_context(
            service(), client_cred(), context=client.context, mech=SCRAM,
            input_token=server.token, channel_bindings=same)
        with self.assertRaises(gssapi.exceptions.BadChannelBindingsError):
            raw.accept_sec_context(client.token, cred, context=server.context,
                                   channel_bindings=other)

    def test_wrong_password(self):
        """a wrong password is refused, with a token that tells the client"""
        with self.assertRaises(gssapi.exceptions.BadMICError) as caught:
            established(password=b"wrong")
        self.assertEqual(caught.exception.token, b"e=invalid-proof")
        self.assertIn("password is wrong", str(caught.exception))

    def test_time_left(self):
        """a server learns how long a client may still take"""
        _, server = first_leg()
        left, = raw.inquire_sec_context_by_oid(server.context, TIME_LEFT)
        self.assertLessEqual(struct.unpack(">I", left)[0], 30000)
        self.assertGreater(struct.unpack(">I", left)[0], 1000)

    def test_half_open(self):
        """half-open contexts answer what is asked, or refuse"""
        client, server = first_leg()
        for context in (client.context, server.context):
            found = raw.inquire_context(context)
            self.assertFalse(found.complete)
            for call in (lambda: raw.wrap(context, b"text"),
                         lambda: raw.get_mic(context, b"text"),
                         lambda: raw.wrap_size_limit(context, 1000)):
                with self.assertRaises(gssapi.exceptions.GSSError):
                    call()
        with self.assertRaises(gssapi.exceptions.GSSError):
            raw.export_sec_context(client.context)

    def test_failed(self):
        """a failed context is inquired without harm"""
        cred = server_cred()
        client, server = first_leg(client_cred(b"wrong"))
        client = raw.init_sec_context(service(), None, client.context, SCRAM,
                                      input_token=server.token)
        with self.assertRaises(gssapi.exceptions.BadMICError):
            raw.accept_sec_context(client.token, cred, server.context)
        for context in (client.context, server.context):
            try:
                self.assertFalse(raw.inquire_context(context).complete)
            except gssapi.exceptions.GSSError:
                pass

    def test_delete(self):
        """a deleted context is good for nothing"""
        client, server = contexts()
        self.assertFalse(raw.delete_sec_context(client))
        with self.assertRaises(gssapi.exceptions.GSSError):
            raw.wrap(client, b"text")
        self.assertFalse(raw.delete_sec_context(server, local_only=False))

    def test_rubbish(self):
        """tokens that are none are refused"""
        for token in (b"", b"\x60", b"\0" * 100, b"x" * 100000):
            with self.assertRaises(gssapi.exceptions.GSSError):
                raw.accept_sec_context(token, server_cred())
