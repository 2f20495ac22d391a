#!/bin/sh
# No function is longer than a screen: 60 lines from its opening brace to its
# closing one, both of which clang-format puts in the first column. Outside the
# tests no file is longer than 400 lines.
#
# Run at the top of the source; prints each one that is too long.
set -eu

# shellcheck disable=SC2016 # awk's dollars, not the shell's
find include mech directory daemon tools examples bench tests -name '*.[ch]' | sort | xargs awk '
    function file_ends() {
        if (lines > 400 && file !~ /^tests/) {
            print file ": " lines " lines"
            bad = 1
        }
    }
    FNR == 1 { file_ends(); file = FILENAME; start = 0 }
    { lines = FNR }
    /^[A-Za-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name) }
    /^{/ { start = FNR }
    /^}/ {
        if (start && FNR - start + 1 > 60) {
            print FILENAME ":" start ": " name ": " FNR - start + 1 " lines"
            bad = 1
        }
        start = 0
    }
    END {
        file_ends()
        if (lines == 0)
            print "no file was found: run this at the top of the source"
        exit lines == 0 || bad
    }'
