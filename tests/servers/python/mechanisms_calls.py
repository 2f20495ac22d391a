import unittest

import gssapi
from gssapi import raw
from world import SCRAM, SPNEGO, user

CBINDINGS = gssapi.OID.from_int_seq("1.3.6.1.5.5.13.24")
MECH_CONCRETE = gssapi.OID.from_int_seq("1.3.6.1.5.5.13.1")


class Mechanisms(unittest.TestCase):
    def test_indicate(self):
        """the mechanism is among those that the library indicates"""
        self.assertIn(SCRAM, raw.indicate_mechs())

    def test_names_for_mech(self):
        """it takes user names, services and exported names"""
        self.assertLessEqual(
            {gssapi.NameType.user, gssapi.NameType.hostbased_service,
             gssapi.NameType.export},
            raw.inquire_names_for_mech(SCRAM))

    def test_mechs_for_name(self):
        """it is among the mechanisms for a user's name"""
        self.assertIn(SCRAM, raw.inquire_mechs_for_name(user()))

    def test_attributes(self):
        """it has the attributes of a concrete mechanism with bindings"""
        found = raw.inquire_attrs_for_mech(SCRAM)
        self.assertLessEqual({CBINDINGS, MECH_CONCRETE}, found.mech_attrs)
        self.assertLessEqual(found.mech_attrs, found.known_mech_attrs)

    def test_attribute_text(self):
        """its attributes can be displayed"""
        for attribute in raw.inquire_attrs_for_mech(SCRAM).mech_attrs:
            self.assertTrue(raw.display_mech_attr(attribute).name)

    def test_by_attributes(self):
        """it is found by its attributes, and not where they are excluded"""
        self.assertIn(SCRAM, raw.indicate_mechs_by_attrs([CBINDINGS]))
        self.assertNotIn(
            SCRAM, raw.indicate_mechs_by_attrs(None, [CBINDINGS]))
        self.assertIn(
            SCRAM, raw.indicate_mechs_by_attrs(None, None, [CBINDINGS]))

    def test_sasl_name(self):
        """its SASL name leads to it and back"""
        found = raw.inquire_saslname_for_mech(SCRAM)
        self.assertEqual(found.sasl_mech_name, b"SCRAM-SHA-256")
        self.assertEqual(
            raw.inquire_mech_for_saslname(found.sasl_mech_name), SCRAM)

    def test_unknown_sasl_name(self):
        """an unknown SASL name leads nowhere"""
        with self.assertRaises(gssapi.exceptions.BadMechanismError):
            raw.inquire_mech_for_saslname(b"SCRAM-SHA-257")

    def test_high_level(self):
        """the high-level class knows all of this too"""
        mech = gssapi.mechs.Mechanism(SCRAM)
        self.assertEqual(str(mech), "scram-sha-256")
        self.assertEqual(mech.sasl_name, "SCRAM-SHA-256")
        self.assertTrue(mech.description)
        self.assertIn(gssapi.NameType.user, mech.name_types)
        self.assertIn(CBINDINGS, mech.attrs)
        self.assertIn(CBINDINGS, mech.known_attrs)
        self.assertIn(mech, gssapi.mechs.Mechanism.all_mechs())
        self.assertIn(mech, gssapi.mechs.Mechanism.from_name(user()))
        self.assertEqual(
            mech, gssapi.mechs.Mechanism.from_sasl_name("SCRAM-SHA-256"))
        self.assertIn(
            mech, gssapi.mechs.Mechanism.from_attrs(desired_attrs=[CBINDINGS]))
        self.assertNotEqual(mech, gssapi.mechs.Mechanism(SPNEGO))
