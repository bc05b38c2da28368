/** Releases of the real program that Farhand must get along with, newest first. */
export const RELEASES = ['0.169.0', '0.150.0', '0.144.0', '0.142.3'] as const;

export type Release = (typeof RELEASES)[number];

/** The release whose wire forms we speak. */
export const CURRENT_RELEASE: Release = '0.169.0';

/** True where `process/exited` carries `sandboxDenied`; a client must ask the other servers once per process. */
export const tellsDenialOnExit = (release: Release): boolean => release !== '0.142.3';

/** True where the client shows its model every byte's worth of a large output in the token count.
 *  The client of 0.142.3 asks with `process/read` instead and only ever sees what was retained at that moment. */
export const countsWholeOutput = (release: Release): boolean => release !== '0.142.3';
