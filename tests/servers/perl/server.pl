# A server that greets each client by its name, in a message for it alone.
#
#     server.pl
#
# It prints the port that it listens on, then a line for each client.

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GSSAPI;
use IO::Socket::INET;
use Wire;

$| = 1;

sub serve {
    my ($socket, $credential) = @_;
    my $context = GSSAPI::Context->new;
    my ($status, $name, $mechanism, $display);

    do {
        my $token = Wire::receive($socket) // return;
        $status = $context->accept($credential, $token,
            GSS_C_NO_CHANNEL_BINDINGS, $name, $mechanism, my $answer,
            my $flags, my $time, my $delegated);
        # A token comes back when a login fails too.
        Wire::send($socket, $answer) if length($answer // '');
        Wire::check($status);
    } while ($status->major & GSS_S_CONTINUE_NEEDED);

    # Whatever may be asked of a context, and is released again.
    Wire::check($context->inquire(my $source, my $target, my $lifetime,
            my $asked, my $held, my $initiates, my $open));
    Wire::check($source->display($display));
    $asked->to_str(my $oid);
    print "logged in: $display $oid\n";

    my $question = Wire::receive($socket) // return;
    Wire::check($context->unwrap($question, my $text, my $conf, my $qop));
    Wire::check($context->wrap(1, GSS_C_QOP_DEFAULT, "$text, $display",
            my $protected, my $message));
    Wire::send($socket, $message);
}

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8)
    or die "no port: $@\n";
Wire::check(GSSAPI::Cred::acquire_cred(undef, 0, GSS_C_NO_OID_SET,
        GSS_C_ACCEPT, my $credential, my $mechanisms, my $lifetime));
print 'listening on ', $listener->sockport, "\n";
while (my $socket = $listener->accept) {
    eval { serve($socket, $credential); 1 } or print "refused: $@";
}
