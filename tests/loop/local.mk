# The server to start from, with the stock gss-client and under attack.
LOOP_SHELL_TESTS = \
	tests/loop/attack_test.sh \
	tests/loop/client_test.sh

EXTRA_DIST += tests/loop/late.py tests/loop/lib.sh $(LOOP_SHELL_TESTS)
