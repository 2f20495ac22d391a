# What scripts/test checks the tree with, apart from make check.
EXTRA_DIST += \
	tests/house/exports.sh tests/house/hardened.sh \
	tests/house/include_rule.sh tests/house/pages.sh \
	tests/house/pure_rooms.sh tests/house/sizes.sh tests/house/spi.sh \
	tests/mutate tests/prove
