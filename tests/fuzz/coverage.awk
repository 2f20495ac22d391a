# What a target's seeds reach of a file, and whether that is enough:
#
#     awk -v file=FILE -f coverage.awk unreached.txt FILE LCOV
#
# An entry of unreached.txt stands for a run of lines that are not reached, by
# its function and the text of the first of them, or for a whole function. Of
# all other lines 95 in a hundred must be reached.

function trim(text)
{
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    return text
}

# The function that a line is in: the last that begins before it.
function function_of(line,    start, best)
{
    best = 0
    for (start in functions)
        if (start + 0 <= line && start + 0 > best)
            best = start + 0
    return functions[best]
}

function is_excused(line,    name)
{
    name = function_of(line)
    if (name in entries)
        return found[name] = 1
    name = name ": " source[line]
    return (name in entries) ? found[name] = 1 : 0
}

FNR == 1 { part++ }

part == 1 && /^#/ { reason = 1 }
part == 1 && /^$/ { reason = 0 }
part == 1 && index($0, file " ") == 1 {
    entries[substr($0, length(file) + 2)] = 1
    if (!reason)
        fault("has no reason for", $0)
}

function fault(what, entry)
{
    print "    unreached.txt " what ": " entry
    bad = 1
}

part == 2 { source[FNR] = trim($0) }

part == 3 && /^SF:/ {
    # Paths are as the compiler was given them.
    ours = substr($0, length($0) - length(file)) == "/" file
}
part == 3 && ours && /^FN:/ {
    split(substr($0, 4), at, ",")
    sub(/^.*:/, "", at[2]) # a static one has its file's name before it
    functions[at[1]] = at[2]
}
part == 3 && ours && /^DA:/ {
    split(substr($0, 4), at, ",")
    all++
    if (at[2] > 0) {
        reached++
        run = ""
        next
    }
    if (run == "" || !excused || function_of(at[1]) != run)
        excused = is_excused(at[1])
    run = function_of(at[1])
    if (excused)
        cannot++
    else
        missed = missed " " at[1]
}

END {
    if (all == 0) {
        print "    " file " is not in the target at all"
        exit 1
    }
    for (entry in entries)
        if (!(entry in found))
            fault("names what is reached, or is not there", file " " entry)
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
