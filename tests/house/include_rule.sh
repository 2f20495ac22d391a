#!/bin/sh
# Every layer includes its own headers and those that doc/architecture.md lets it, and
# nothing else; GSS-API's own headers belong to mech/gss alone, and to the
# doctor, which uses libgssapi like any program.
#
# Run at the top of the source; prints each line that breaks the rule.
set -eu

# shellcheck disable=SC2016 # awk's dollars, not the shell's
find include mech directory daemon tools -name '*.[ch]' | sort | xargs awk '
    BEGIN {
        while ((getline line < "doc/architecture.md") > 0) {
            if (line !~ /^    (mech\/[a-z0-9]+|directory|daemon|tools) +-> / ||
                split(line, side, " *-> *") != 2)
                continue
            sub(/^ +/, "", side[1])
            may[side[1]] = side[2]
            n = split(side[1], part, "/")
            may[side[1]] = may[side[1]] " " part[n]
        }
        may["mech/gss"] = may["mech/gss"] " gssapi"
    }
    function breaks(why) {
        printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
        bad = 1
    }
    FNR == 1 {
        files++
        parts = split(FILENAME, part, "/")
        room = part[1] == "mech" ? part[1] "/" part[2] : part[1]
        if (!(room in may) && room != "include") {
            print FILENAME ": doc/architecture.md has no line for " room
            bad = 1
        }
    }
    /^[ \t]*#[ \t]*include/ {
        name = $0
        sub(/^[^"<]*["<]/, "", name)
        sub(/[">].*/, "", name)
        first = name
        sub(/\/.*/, "", first)

        if (first ~ /^gssapi/ && room != "mech/gss" && room != "include" &&
            FILENAME !~ /^tools\/doctor/)
            breaks(room " knows no GSS type")
        else if (/</ || name == "config.h" || (room == "tools" && name !~ /\//))
            next
        else if (index(" " may[room] " ", " " first " ") == 0 &&
                 index(" " may[room] " ", " " name " ") == 0)
            breaks(room " may not include this")
    }
    END {
        if (files == 0) {
            print "no file was found: run this at the top of the source"
            bad = 1
        }
        exit bad
    }'
