# What a target's seeds reach of a file, and whether that is enough:
#
#     awk -v file=FILE -f coverage.awk unreached.txt FILE LCOV
#
# An entry of unreached.txt stands for a run of lines that are not reached: its
# text is that of the first of them, or of the line above where that is a brace
# alone. Of all other lines 95 in a hundred must be reached.

function trim(text)
{
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    return text
}

# The text by which a run of lines that begins there is known.
function known_as(line)
{
    return source[line] == "{" ? source[line - 1] : source[line]
}

FNR == 1 { part++ }

part == 1 && /^#/ { reason = 1; next }
part == 1 && /^$/ { reason = 0; next }
part == 1 && index($0, file ": ") == 1 {
    text = trim(substr($0, length(file) + 3))
    if (!reason) {
        print "    unreached.txt has no reason for: " $0
        bad = 1
    }
    entries[text] = 1
    next
}

part == 2 { source[FNR] = trim($0); present[trim($0)] = 1 }

part == 3 && /^SF:/ {
    # Paths are as the compiler was given them.
    ours = substr($0, length($0) - length(file)) == "/" file
}
part == 3 && ours && /^DA:/ {
    split(substr($0, 4), at, ",")
    all++
    if (at[2] > 0) {
        reached++
        run = 0
        next
    }
    if (!run) {
        run = 1
        excused = known_as(at[1]) in entries
    }
    if (excused)
        cannot++
    else
        missed = missed " " at[1]
}

END {
    for (text in entries)
        if (!(text in present)) {
            print "    unreached.txt names what is not in " file ": " text
            bad = 1
        }
    if (all == 0) {
        print "    " file " is not in the target at all"
        exit 1
    }
    printf "    %-34s %3d of %3d lines, %5.1f %%", file, reached, all,
        100 * reached / all
    if (cannot > 0)
        printf "; %d cannot be reached", cannot
    if (missed != "")
        printf "; not reached:%s", missed
    print ""
    if (reached < 0.95 * (all - cannot)) {
        print "    that is too few: add seeds, or say why in unreached.txt"
        bad = 1
    }
    exit bad
}
