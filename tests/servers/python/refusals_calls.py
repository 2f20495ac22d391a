"""The calls that have no sense for the mechanism: each is refused."""

import unittest

import gssapi
from gssapi import raw
from world import SCRAM, client_cred, contexts, server_cred, user

OPTION = gssapi.OID.from_int_seq("1.2.3.4")
KERBEROS = "it is about Kerberos' tickets and keys"
REFUSING = {
    "raw.acquire_cred_impersonate_name": "nobody can log in for another",
    "raw.add_cred_impersonate_name": "nobody can log in for another",
    "raw.delete_name_attribute": "what a name has is not the caller's to take",
    "raw.inquire_cred_by_oid": "a credential has no aspects",
    "raw.krb5_export_lucid_sec_context": KERBEROS,
    "raw.krb5_extract_authtime_from_sec_context": KERBEROS,
    "raw.krb5_extract_authz_data_from_sec_context": KERBEROS,
    "raw.krb5_get_tkt_flags": KERBEROS,
    "raw.krb5_set_allowable_enctypes": KERBEROS,
    "raw.process_context_token": "no token is sent outside the exchange",
    "raw.set_cred_option": "a credential has no options",
    "raw.set_name_attribute": "what a name has is not the caller's to give",
    "raw.set_sec_context_option": "a context has no options",
    "Credentials.impersonate": "nobody can log in for another",
    "SecurityContext.process_token": "no token is sent outside the exchange",
}


class Refusals(unittest.TestCase):
    def refuses(self, call, *arguments, **keywords):
        with self.assertRaises(gssapi.exceptions.GSSError):
            call(*arguments, **keywords)

    def test_impersonate(self):
        """nobody gets a credential for another user"""
        for cred in (client_cred(), server_cred()):
            self.refuses(raw.acquire_cred_impersonate_name, cred, user("bob"),
                         mechs=[SCRAM])
            self.refuses(raw.add_cred_impersonate_name, raw.Creds(), cred,
                         user("bob"), SCRAM)
            self.refuses(gssapi.Credentials(cred).impersonate, user("bob"),
                         mechs=[SCRAM])

    def test_attributes(self):
        """a name's attributes are nobody's to change"""
        name = raw.canonicalize_name(user(), SCRAM)
        self.refuses(raw.set_name_attribute, name, b"wheel", [b"yes"])
        self.refuses(raw.delete_name_attribute, name, b"wheel")
        self.refuses(raw.get_name_attribute, name, b"wheel")

    def test_options(self):
        """there is nothing to be set on contexts and credentials"""
        for context in contexts():
            self.refuses(raw.set_sec_context_option, OPTION, context, b"x")
            self.refuses(raw.inquire_sec_context_by_oid, context, OPTION)
        for cred in (client_cred(), server_cred()):
            self.refuses(raw.set_cred_option, OPTION, cred, b"x")
            self.refuses(raw.inquire_cred_by_oid, cred, OPTION)

    def test_tokens(self):
        """a token outside the exchange is refused"""
        for context in contexts():
            self.refuses(raw.process_context_token, context, b"token")
            self.refuses(gssapi.SecurityContext(context).process_token,
                         b"token")

    def test_kerberos(self):
        """Kerberos' own calls refuse what is not Kerberos'"""
        for context in contexts():
            self.refuses(raw.krb5_export_lucid_sec_context, context, 1)
            self.refuses(raw.krb5_extract_authtime_from_sec_context, context)
            self.refuses(raw.krb5_extract_authz_data_from_sec_context,
                         context, 128)
            self.refuses(raw.krb5_get_tkt_flags, context)
        self.refuses(raw.krb5_set_allowable_enctypes, client_cred(), [17])

    def test_cache_name(self):
        """the name of Kerberos' cache is set as if nothing were"""
        before = raw.krb5_ccache_name(b"MEMORY:one")
        self.assertEqual(raw.krb5_ccache_name(before), b"MEMORY:one")
