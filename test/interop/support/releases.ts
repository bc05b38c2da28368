/** Releases of the real program that Farhand must get along with, newest first. */
export const RELEASES = ['0.169.0', '0.150.0', '0.144.0', '0.142.3'] as const;

export type Release = (typeof RELEASES)[number];

/** The release whose wire forms we speak. */
export const CURRENT_RELEASE: Release = '0.169.0';

/** Of those that reach executors through a rendezvous, the newest and an older one. */
export const REMOTE_RELEASES = ['0.169.0', '0.150.0'] as const satisfies readonly Release[];

/** True where `process/exited` carries `sandboxDenied`; a client must ask the other servers once per process. */
export const tellsDenialOnExit = (release: Release): boolean => release !== '0.142.3';

/** The exit codes a process may have that the client terminated. Servers before 0.150.0 mostly do not wait for it and say -1. */
export const exitCodesOfTerminated = (release: Release): readonly number[] =>
  release === '0.144.0' || release === '0.142.3' ? [137, -1] : [137];

/** True where the client takes a complete, ordered stream of events as the whole truth; 0.142.3 reads in any case. */
export const readsOnlyWhenNeeded = (release: Release): boolean => release !== '0.142.3';

/** True where a patch gives its new lines the line ending of the file; the other clients always write LF. */
export const keepsLineEndings = (release: Release): boolean => release === '0.169.0';

/** True where a file that is no picture is an error of the tool; the other clients show their model an excuse instead. */
export const failsOnFalsePictures = (release: Release): boolean => release === '0.169.0' || release === '0.150.0';

/** True where a file can be opened to be written in blocks. */
export const writesInBlocks = (release: Release): boolean => release === '0.169.0';

/** True where a client names its workspaces with every command; where none is named, no newer executor lets a command write in any. */
export const namesWorkspaces = (release: Release): boolean => release === '0.169.0' || release === '0.150.0';
