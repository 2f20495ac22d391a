#!/bin/sh
# The module and the programs are built so that a fault is harder to abuse: what
# the linker resolves is read-only before the first call, the stack is guarded
# and not executable, the C library checks lengths, a program may be loaded
# anywhere. Every object of ours marks where it may be jumped to and keeps to a
# shadow stack, on processors that know of that; the mark of the linked file
# depends on the C runtime's start files as well, which Debian's do not have.
#
#     hardened.sh BUILD    a folder in which make has run
set -eu
bad=0

# want FILE WHAT PATTERN: what is read from standard input has the pattern.
want()
{
    grep -Eq -- "$3" || {
        echo "$1: no $2"
        bad=1
    }
}

# spare FILE WHAT PATTERN: it does not have it.
spare()
{
    if grep -E -- "$3"; then
        echo "$1: $2"
        bad=1
    fi
}

for file in "$1/.libs/gss_scram.so" "$1/gss-scram" "$1/gss-scramd"; do
    readelf -lW "$file" | want "$file" "read-only relocations" '^ *GNU_RELRO '
    readelf -dW "$file" | want "$file" "resolution at loading" 'BIND_NOW|\bNOW\b'
    readelf -dW "$file" | spare "$file" "relocations in its code" 'TEXTREL'
    readelf -lW "$file" | want "$file" "stack that is data" '^ *GNU_STACK .* RW '
    readelf -lW "$file" | spare "$file" "memory both for writing and running" \
        '^ *LOAD .* RWE '
    readelf -sW --dyn-syms "$file" | want "$file" "guarded stack" \
        ' UND __stack_chk_fail'
    readelf -sW --dyn-syms "$file" | want "$file" "lengths that are checked" \
        ' UND __(memcpy|snprintf|vsnprintf|read|syslog)_chk'
done
for file in "$1/gss-scram" "$1/gss-scramd"; do
    readelf -hW "$file" | want "$file" "type for any address" '^ *Type: *DYN '
done

case $(uname -m) in
x86_64)
    objects=$(find "$1/mech" "$1/directory" "$1/daemon" "$1/tools" -name '*.o')
    [ -n "$objects" ] || {
        echo "no object was found"
        bad=1
    }
    for object in $objects; do
        readelf -nW "$object" | want "$object" "control-flow marks" \
            'x86 feature: .*IBT, SHSTK'
    done
    ;;
esac
exit $bad
