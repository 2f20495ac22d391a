#!/bin/sh
# mech/scram, mech/rfc4121 and mech/wire are pure computation: their objects
# call nothing that does I/O, takes a lock, reads a clock, makes randomness or
# knows a GSS type. (pthread_once, to make a constant at first use, is none of
# these.)
#
#     pure_rooms.sh BUILD    a folder in which make has run
set -eu

# shellcheck disable=SC2016 # awk's dollars, not the shell's
find "$1/mech/scram" "$1/mech/rfc4121" "$1/mech/wire" -name '*.o' | sort |
    xargs nm -A -u | awk '
    { count++; sub(/@.*/, "", $NF) }
    $NF ~ /^(f?open(at|64)?|fdopen|creat|p?read(v|64)?|p?write(v|64)?|close)$/ ||
    $NF ~ /^(f?printf|f?puts|f?putc(har)?|perror|f?gets|fread|fwrite|getline)$/ ||
    $NF ~ /^(socket|connect|bind|accept4?|send(to|msg)?|recv(from|msg)?)$/ ||
    $NF ~ /^(time|clock|clock_gettime|gettimeofday|localtime(_r)?|sleep)$/ ||
    $NF ~ /^(pthread_(mutex|rwlock|spin|cond)_|mtx_|cnd_|sem_|BIO_)/ ||
    $NF ~ /^(RAND_|getrandom|getentropy|arc4random|s?rand(om)?$)/ ||
    $NF ~ /^(getenv|secure_getenv|system|popen|fork|gss|GSS|profile_)/ {
        print $1, $NF ": a room of pure computation does not call this"
        bad = 1
    }
    END {
        if (count == 0)
            print "no object was found"
        exit count == 0 || bad
    }'
