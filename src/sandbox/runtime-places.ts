/** Where all executors of one user keep what they must share: in the folder of the user's login where there is one, else beside it. */
export const runtimePlaces = (user: number): { readonly ofLogin: string; readonly withoutLogin: string } => ({
  ofLogin: `/run/user/${user}/farhand`,
  withoutLogin: `/tmp/farhand-${user}`,
});
