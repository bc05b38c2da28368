/** Visible ASCII without blanks: what a token in a header is made of. */
export const isToken = (text: string): boolean => /^[!-~]+$/.test(text);
