import type { Client } from '../../index.js';
import type { FileUri } from '../../protocol/ids.js';
import type { End } from './ends.js';
import { blaming } from './fault.js';
import { LocalSide, localUri } from './local-side.js';
import { type Place, shownUrl } from './place.js';
import { printable } from './printable.js';
import { RemoteSide, type RemoteSideOptions } from './remote-side.js';
import { remoteUri } from './remote-uri.js';

/** Where relative paths on an executor begin that does not say it. */
const ROOT = 'file:///' as FileUri;

/** `client`: the executor's, when the place is on one. Errors: a `FileFault`, or a usage error. */
export async function openEnd(
  place: Place,
  client: Client | undefined,
  options: Pick<RemoteSideOptions, 'signal' | 'notice'>,
): Promise<End> {
  const path = printable(place.path);
  if (place.at === 'here' || client === undefined) {
    const uri = await blaming({ shown: path }, () => localUri(place.path));
    return { side: new LocalSide(), spot: { uri, shown: path }, path: place.path };
  }
  const { cwd, userHomeDir } = client.environment ?? {};
  const uri = remoteUri(place.path, cwd ?? userHomeDir ?? ROOT);
  const shown = shownUrl(place.url);
  const side = new RemoteSide({ client, shown, ...options });
  return { side, spot: { uri, shown: `${shown}:${path}` }, path: place.path };
}
