# The blocks of a page: what it shows as commands, files or output. Each goes
# into a file of its own in FOLDER, numbered in the page's order.
#
#     awk -v folder=FOLDER -f blocks.awk PAGE
#
# In text and Markdown a block is fenced by ``` or indented by four spaces; in a
# manual page it is .Dl's, or stands between .Bd -literal and .Ed; in a C file it
# is indented in a comment, behind an empty line.

function put(line)
{
    if (!open) {
        file = sprintf("%s/%03d", folder, ++count)
        printf "" >file
        open = 1
        blanks = ""
    }
    printf "%s%s\n", blanks, line >file
    blanks = ""
}

function end_block()
{
    if (open)
        close(file)
    open = 0
}

BEGIN {
    kind = "text"
}

FNR == 1 {
    if (FILENAME ~ /\.[ch]$/)
        kind = "C"
    else if (FILENAME ~ /\.[1-8]$/)
        kind = "manual"
}

kind == "manual" {
    if (/^\.Bd -literal/) {
        inside = 1
    } else if (/^\.Ed/) {
        inside = 0
        end_block()
    } else if (inside) {
        gsub(/\\e/, "\\") # which roff prints so
        put($0)
    } else if (sub(/^\.Dl /, "")) {
        if (/^".*"$/)
            $0 = substr($0, 2, length($0) - 2)
        put($0)
    } else {
        end_block()
    }
    next
}

kind == "C" {
    if ((open || last == " *") && sub(/^ \*     /, ""))
        put($0)
    else
        end_block()
    last = $0
    next
}

/^```/ {
    inside = !inside
    end_block()
    next
}

inside {
    put($0)
    next
}

sub(/^    /, "") {
    put($0)
    next
}

# A block goes on behind an empty line if what follows is indented too.
/^$/ && open {
    blanks = blanks "\n"
    next
}

{
    end_block()
}
