# With a directory.
LDAP_SHELL_TESTS = \
	tests/ldap/apache_test.sh \
	tests/ldap/doctor_test.sh \
	tests/ldap/import_test.sh \
	tests/ldap/kerberos_test.sh \
	tests/ldap/login_test.sh \
	tests/ldap/pair_test.sh \
	tests/ldap/schema_test.sh \
	tests/ldap/secret_test.sh \
	tests/ldap/user_test.sh

EXTRA_DIST += \
	tests/ldap/command.sh tests/ldap/hostile.py tests/ldap/lib.sh \
	tests/ldap/realm.sh $(LDAP_SHELL_TESTS)
