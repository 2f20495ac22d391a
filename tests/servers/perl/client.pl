# A client that says hello and prints the answer, with the credential that is in
# a file.
#
#     client.pl PORT MECHANISM

use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use GSSAPI;
use IO::Socket::INET;
use Wire;

my ($port, $dotted) = @ARGV;
my $mechanism = Wire::mechanism($dotted);
my $target = Wire::name('host@localhost', GSSAPI::OID::gss_nt_hostbased_service);
my $socket = IO::Socket::INET->new("127.0.0.1:$port") or die "no server: $@\n";
my $context = GSSAPI::Context->new;
my ($status, $question, $text);
my $answer = '';

do {
    $status = $context->init(GSS_C_NO_CREDENTIAL, $target, $mechanism,
        GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS, $answer,
        my $actual, my $token, my $flags, my $time);
    Wire::send($socket, $token) if length($token // '');
    Wire::check($status);
    if ($status->major & GSS_S_CONTINUE_NEEDED) {
        $answer = Wire::receive($socket) // die "the server is gone\n";
    }
} while ($status->major & GSS_S_CONTINUE_NEEDED);

Wire::check($context->wrap(1, GSS_C_QOP_DEFAULT, 'hello', my $conf, $question));
Wire::send($socket, $question);
Wire::check($context->unwrap(Wire::receive($socket), $text, $conf, my $qop));
print "$text\n";
