/** The release of the reference whose wire forms this is; what `executorVersion` says. */
export const RELEASE = '0.169.0';
