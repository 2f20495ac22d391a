# The packages, and the platforms.
EXTRA_DIST += \
	tests/package/boot.sh tests/package/booted.sh \
	tests/package/debian.sh tests/package/inside.sh \
	tests/package/installed.sh tests/package/lib.sh \
	tests/platforms/inside.sh
