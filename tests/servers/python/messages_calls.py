import unittest

import gssapi
from gssapi import raw
from gssapi.raw import IOV, IOVBufferType
from world import contexts

TEXT = b"a message"


class Messages(unittest.TestCase):
    def setUp(self):
        self.client, self.server = contexts()

    def test_wrap(self):
        """a wrapped message is unwrapped, encrypted or not"""
        for encrypted in (True, False):
            sent = raw.wrap(self.client, TEXT, encrypted)
            self.assertEqual(sent.encrypted, encrypted)
            self.assertEqual(TEXT in sent.message, not encrypted)
            got = raw.unwrap(self.server, sent.message)
            self.assertEqual((got.message, got.encrypted), (TEXT, encrypted))

    def test_mic(self):
        """a signature is good for its message alone"""
        mic = raw.get_mic(self.server, TEXT)
        self.assertEqual(raw.verify_mic(self.client, TEXT, mic), 0)
        with self.assertRaises(gssapi.exceptions.BadMICError):
            raw.verify_mic(self.client, TEXT + b".", mic)

    def test_replay(self):
        """a message that comes twice is noticed"""
        sent = raw.wrap(self.client, TEXT).message
        raw.unwrap(self.server, sent)
        with self.assertRaises(gssapi.exceptions.DuplicateTokenError):
            raw.unwrap(self.server, sent)

    def test_order(self):
        """a message out of order is noticed"""
        first = raw.wrap(self.client, TEXT).message
        second = raw.wrap(self.client, TEXT).message
        with self.assertRaises(gssapi.exceptions.TokenTooEarlyError):
            raw.unwrap(self.server, second)
        with self.assertRaises(gssapi.exceptions.TokenTooLateError):
            raw.unwrap(self.server, first)

    def test_size_limit(self):
        """what wrap_size_limit promises fits, and a byte more does not"""
        for encrypted in (True, False):
            room = raw.wrap_size_limit(self.client, 1000, encrypted)
            for size, fits in ((room, True), (room + 1, False)):
                sent = raw.wrap(self.client, b"x" * size, encrypted).message
                self.assertEqual(len(sent) <= 1000, fits)

    def test_aead(self):
        """a message is unwrapped with its associated data alone"""
        sent = raw.wrap_aead(self.client, TEXT, b"header")
        self.assertTrue(sent.encrypted)
        got = raw.unwrap_aead(self.server, sent.message, b"header")
        self.assertEqual(got.message, TEXT)
        sent = raw.wrap_aead(self.client, TEXT, b"header").message
        with self.assertRaises(gssapi.exceptions.BadMICError):
            raw.unwrap_aead(self.server, sent, b"another")

    def test_iov(self):
        """the parts of a message are wrapped where they lie"""
        parts = IOV((IOVBufferType.sign_only, b"seen"), TEXT, b"and more")
        self.assertTrue(raw.wrap_iov(self.client, parts))
        self.assertNotEqual(parts[2].value, TEXT)
        self.assertTrue(raw.unwrap_iov(self.server, parts).encrypted)
        self.assertEqual(parts[1].value, b"seen")
        self.assertEqual((parts[2].value, parts[3].value), (TEXT, b"and more"))

    def test_iov_length(self):
        """the lengths of the parts are known before"""
        parts = IOV((IOVBufferType.sign_only, b"seen"), TEXT, auto_alloc=False)
        self.assertTrue(raw.wrap_iov_length(self.client, parts))
        sizes = [len(part.value or b"") for part in parts]
        self.assertGreater(sizes[0], 16)
        raw.wrap_iov(self.client, parts)
        self.assertEqual([len(part.value or b"") for part in parts], sizes)

    def test_iov_stream(self):
        """a message that came in one piece is unwrapped into its parts"""
        sent = raw.wrap(self.client, TEXT).message
        # The binding frees whatever it is given, so the data is to be copied
        # out of the stream: allocated, where (type, None) would point into it.
        parts = IOV((IOVBufferType.stream, sent),
                    (IOVBufferType.data, True, None), std_layout=False)
        self.assertTrue(raw.unwrap_iov(self.server, parts).encrypted)
        self.assertEqual(parts[1].value, TEXT)

    def test_mic_iov(self):
        """the parts of a message are signed where they lie"""
        parts = IOV(TEXT, (IOVBufferType.sign_only, b"seen"),
                    IOVBufferType.mic_token, std_layout=False)
        raw.get_mic_iov(self.client, parts)
        mic = parts[2].value
        self.assertEqual(raw.verify_mic_iov(self.server, parts), 0)
        wrong = IOV(TEXT, (IOVBufferType.sign_only, b"sawn"),
                    (IOVBufferType.mic_token, None, mic), std_layout=False)
        with self.assertRaises(gssapi.exceptions.BadMICError):
            raw.verify_mic_iov(self.server, wrong)

    def test_mic_iov_length(self):
        """the length of a signature is known before"""
        parts = IOV(TEXT, IOVBufferType.mic_token, std_layout=False,
                    auto_alloc=False)
        raw.get_mic_iov_length(self.client, parts)
        length = len(parts[1].value)
        raw.get_mic_iov(self.client, parts)
        self.assertEqual(len(parts[1].value), length)
