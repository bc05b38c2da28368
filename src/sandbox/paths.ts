/** Absolute paths of this host as text: one leading slash, no other at the end, no empty, `.` or `..` component. */

/** The components of a path, none for the root. */
export const componentsOf = (path: string): string[] => (path === '/' ? [] : path.slice(1).split('/'));

export const depthOf = (path: string): number => componentsOf(path).length;

/** The path of an entry of a directory. */
export const entryOf = (directory: string, name: string): string =>
  directory === '/' ? `/${name}` : `${directory}/${name}`;

/** The directory above; the root is above itself. */
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** Whether the path is the directory itself or below it. */
export const isWithin = (path: string, directory: string): boolean => path === directory || isBelow(path, directory);

export const isBelow = (path: string, directory: string): boolean =>
  directory === '/' ? path !== '/' : path.startsWith(`${directory}/`);

/** The paths strictly between a directory and something below it, the shortest first. */
export function between(directory: string, path: string): string[] {
  const found: string[] = [];
  for (let at = parentOf(path); at.length > directory.length; at = parentOf(at)) found.push(at);
  return found.reverse();
}

/** The path itself and all above it, the longest first; the root is last. */
export function upwards(path: string): string[] {
  const found: string[] = [];
  for (let at = path; at !== '/'; at = parentOf(at)) found.push(at);
  return [...found, '/'];
}

/** Resolves text against an absolute directory by its spelling alone; slashes, `.` and `..` are gone afterwards. */
export function resolveIn(directory: string, text: string): string {
  const resolved = text.startsWith('/') ? [] : componentsOf(directory);
  for (const component of text.split('/')) {
    if (component === '..') resolved.pop();
    else if (component !== '' && component !== '.') resolved.push(component);
  }
  return `/${resolved.join('/')}`;
}
