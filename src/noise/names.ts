/** The texts that both ends of a channel must agree on to the letter. Source: 0.169.0. */

/** What a public key says it is for. */
export const SUITE_TAG = 'Noise_hybridIK_X25519+MLKEM768_AESGCM_SHA256';
/** What the handshake starts from. Not the tag: it has no `X`. */
export const HASHED_NAME = 'Noise_hybridIK_25519+MLKEM768_AESGCM_SHA256';
/** First part of the prologue. */
export const PROLOGUE_DOMAIN = 'codex-exec-server-relay-noise/v1';
/** Payload of a response when the registry did not know the executor. */
export const REJECTION_MARKER = 'codex-registry-authentication-rejected/v1';
