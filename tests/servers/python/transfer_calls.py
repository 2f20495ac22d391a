import pickle
import unittest

import gssapi
from gssapi import raw
from world import (PASSWORD, SCRAM, client_cred, contexts, first_leg,
                   server_cred, service)


class Transfer(unittest.TestCase):
    def test_context(self):
        """an exported context goes on where it was"""
        client, server = contexts()
        for number in range(3):
            sent = raw.wrap(client, b"%d" % number).message
            self.assertEqual(raw.unwrap(server, sent).message,
                             b"%d" % number)
            client = raw.import_sec_context(raw.export_sec_context(client))
            server = raw.import_sec_context(raw.export_sec_context(server))
        found = raw.inquire_context(server)
        self.assertEqual(raw.display_name(found.initiator_name).name,
                         b"alice")
        self.assertIn(gssapi.RequirementFlag.transferable, found.flags)

    def test_replay(self):
        """what was received before is a replay after"""
        client, server = contexts()
        sent = raw.wrap(client, b"text").message
        raw.unwrap(server, sent)
        server = raw.import_sec_context(raw.export_sec_context(server))
        with self.assertRaises(gssapi.exceptions.DuplicateTokenError):
            raw.unwrap(server, sent)

    def test_half_open(self):
        """a half-open context stays where it is, and completes there"""
        client, server = first_leg()
        for half_open in (client.context, server.context):
            with self.assertRaises(gssapi.exceptions.GSSError):
                raw.export_sec_context(half_open)
        client = raw.init_sec_context(service(), None, client.context, SCRAM,
                                      input_token=server.token)
        server = raw.accept_sec_context(client.token, server_cred(),
                                        server.context)
        self.assertFalse(server.more_steps)

    def test_rubbish(self):
        """what is no exported context is refused"""
        token = raw.export_sec_context(contexts()[1])
        for wrong in (b"", token[:-1], token[:20], token + b"x"):
            with self.assertRaises(gssapi.exceptions.GSSError):
                raw.import_sec_context(wrong)

    def test_pickle(self):
        """high-level contexts and credentials can be pickled"""
        client, server = (gssapi.SecurityContext(each) for each in contexts())
        client, server = pickle.loads(pickle.dumps((client, server)))
        self.assertEqual(server.decrypt(client.encrypt(b"text")), b"text")
        cred = gssapi.Credentials(client_cred(PASSWORD))
        self.assertEqual(str(pickle.loads(pickle.dumps(cred)).name), "alice")
