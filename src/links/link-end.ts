/** Why a link to a rendezvous has ended, seen from its socket. Source: 0.169.0. */
export type LinkEnd = 'peer_close' | 'read_error' | 'write_error' | 'pong_timeout' | 'local_shutdown';
