import unittest

import gssapi
from gssapi import raw
from world import SCRAM, contexts, service, user


class Names(unittest.TestCase):
    def test_import_display(self):
        """a name is displayed as it was imported, and its type told"""
        for text, kind in ((b"alice", gssapi.NameType.user),
                           (b"HTTP@host", gssapi.NameType.hostbased_service)):
            name = raw.import_name(text, kind)
            self.assertEqual(raw.display_name(name), (text, kind))

    def test_canonical(self):
        """a name of the mechanism is displayed as what it is"""
        name = raw.canonicalize_name(user(), SCRAM)
        self.assertEqual(raw.display_name(name),
                         (b"alice", gssapi.NameType.user))

    def test_display_as(self):
        """a name is displayed as the type that it is of"""
        name = raw.canonicalize_name(user(), SCRAM)
        self.assertEqual(
            raw.display_name_ext(name, gssapi.NameType.user), b"alice")
        with self.assertRaises(gssapi.exceptions.GSSError):
            raw.display_name_ext(name, gssapi.NameType.hostbased_service)

    def test_compare(self):
        """names compare by what they say"""
        alice = raw.canonicalize_name(user(), SCRAM)
        for other, same in (("alice", True), ("bob", False)):
            self.assertEqual(raw.compare_name(
                alice, raw.canonicalize_name(user(other), SCRAM)), same)
            self.assertEqual(raw.compare_name(user(), user(other)), same)

    def test_prepared(self):
        """a user's name is prepared as SASLprep says"""
        for text in ("al\u00adice", "\uff41lice"):
            self.assertTrue(raw.compare_name(
                raw.canonicalize_name(user(), SCRAM),
                raw.canonicalize_name(user(text), SCRAM)))

    def test_export(self):
        """an exported name is imported as the same"""
        name = raw.canonicalize_name(user("\u00c5sa"), SCRAM)
        token = raw.export_name(name)
        back = raw.import_name(token, gssapi.NameType.export)
        self.assertTrue(raw.compare_name(
            name, raw.canonicalize_name(back, SCRAM)))
        self.assertEqual(raw.export_name(raw.canonicalize_name(back, SCRAM)),
                         token)

    def test_duplicate(self):
        """a duplicate outlives what it was made from"""
        name = raw.import_name(b"alice", gssapi.NameType.user)
        twin = raw.duplicate_name(name)
        raw.release_name(name)
        self.assertEqual(raw.display_name(twin).name, b"alice")

    def test_inquire(self):
        """a name of the mechanism says so"""
        found = raw.inquire_name(raw.canonicalize_name(user(), SCRAM))
        self.assertTrue(found.is_mech_name)
        self.assertEqual(found.mech, SCRAM)

    def test_attributes(self):
        """each attribute that a name has can be asked for"""
        name = raw.inquire_context(contexts()[1]).initiator_name
        attributes = raw.inquire_name(name).attrs
        self.assertTrue(attributes)
        for attribute in attributes:
            self.assertTrue(raw.get_name_attribute(name, attribute).values)

    def test_composite(self):
        """a composite name is imported as the same"""
        name = raw.canonicalize_name(user(), SCRAM)
        token = raw.export_name_composite(name)
        back = raw.import_name(token, gssapi.NameType.composite_export)
        self.assertTrue(raw.compare_name(
            name, raw.canonicalize_name(back, SCRAM)))

    def test_high_level(self):
        """the high-level class does the same"""
        name = gssapi.Name("alice", gssapi.NameType.user)
        canonical = name.canonicalize(SCRAM)
        self.assertEqual(str(name), "alice")
        self.assertEqual(name.name_type, gssapi.NameType.user)
        self.assertEqual(canonical.mech, SCRAM)
        self.assertTrue(canonical.is_mech_name)
        self.assertEqual(
            gssapi.Name(canonical.export(), gssapi.NameType.export)
            .canonicalize(SCRAM), canonical)
        self.assertTrue(canonical.export(composite=True))
        self.assertIsNotNone(canonical.attributes)
        self.assertEqual(
            canonical.display_as(gssapi.NameType.user), "alice")
        self.assertNotEqual(canonical, service().canonicalize(SCRAM))
