package Wire;

# Tokens on a socket: four bytes of length, and as many of token; and GSSAPI's
# calls, which die of what goes wrong.

use strict;
use warnings;
use GSSAPI;

my $longest = 1 << 20;

# The next token; undef at the end.
sub receive {
    my $socket = shift;
    my ($head, $token) = ('', '');

    return undef unless (read($socket, $head, 4) // 0) == 4;
    my $length = unpack('N', $head);
    die "a token of $length bytes\n" if $length > $longest;
    return undef unless (read($socket, $token, $length) // -1) == $length;
    return $token;
}

sub send {
    my ($socket, $token) = @_;

    print {$socket} pack('N', length($token)), $token;
    $socket->flush;
}

# Die unless a call succeeded, or wants to go on.
sub check {
    my $status = shift;

    die join(': ', $status->generic_message, $status->specific_message), "\n"
        if GSSAPI::Status::GSS_ERROR($status->major);
    return $status;
}

sub mechanism {
    my $dotted = shift;

    check(GSSAPI::OID->from_str(my $oid, "{ $dotted }" =~ tr/./ /r));
    return $oid;
}

sub name {
    my ($text, $type) = @_;

    check(GSSAPI::Name->import(my $name, $text, $type));
    return $name;
}

1;
