/**
 * A process to attack, in Perl, which every Debian has: it listens on TCP, UDP, a stream and a datagram socket by path and
 * a stream socket by an abstract name, and writes down what reaches it. Arguments: the directory of its sockets and notes.
 * Prints its two ports when it is ready. Ends with its standard input, once all that has reached it is written down.
 */
export const VICTIM = `
  use strict;
  use Socket;
  my ($folder) = @ARGV;
  my %open;
  my %listens = map { $_ => 1 } qw(tcp stream abstract);
  sub serve {
    my ($name, $family, $type, $address) = @_;
    socket($open{$name}, $family, $type, 0) && bind($open{$name}, $address) or die "$name: $!";
    listen($open{$name}, 5) or die "$name: $!" if $listens{$name};
  }
  serve('tcp', AF_INET, SOCK_STREAM, pack_sockaddr_in(0, INADDR_LOOPBACK));
  serve('udp', AF_INET, SOCK_DGRAM, pack_sockaddr_in(0, INADDR_LOOPBACK));
  serve('stream', AF_UNIX, SOCK_STREAM, pack_sockaddr_un("$folder/stream"));
  serve('datagram', AF_UNIX, SOCK_DGRAM, pack_sockaddr_un("$folder/datagram"));
  serve('abstract', AF_UNIX, SOCK_STREAM, pack('S a*', AF_UNIX, "\\0$folder/abstract"));
  $| = 1;
  print join(' ', map { (unpack_sockaddr_in(getsockname($open{$_})))[0] } qw(tcp udp)), "\\n";
  for (;;) {
    my $waiting = '';
    vec($waiting, fileno($_), 1) = 1 for values %open, \\*STDIN;
    select($waiting, undef, undef, undef);
    my @called = grep { vec($waiting, fileno($open{$_}), 1) } keys %open;
    exit unless @called;
    for my $name (@called) {
      my $heard = '';
      if ($listens{$name}) { accept(my $peer, $open{$name}); sysread($peer, $heard, 100); }
      else { recv($open{$name}, $heard, 100, 0); }
      open(my $notes, '>>', "$folder/notes");
      print $notes "$name $heard\\n";
      close $notes;
    }
  }`;
