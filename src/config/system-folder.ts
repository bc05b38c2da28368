/** Folder of the machine's settings and skills, which its administrator writes. Source: 0.169.0. */
export const SYSTEM_FOLDER = '/etc/codex';
