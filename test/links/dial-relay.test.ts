import test from 'ava';
import { dialRelay, RelayDialError } from '#src/links/dial-relay.js';

for (const url of ['ws://[secret', 'http-not://h/secret', 'ws://h/#secret', 'secret']) {
  test(`${url} is refused with an error that does not repeat it`, async (t) => {
    const error = await t.throwsAsync(dialRelay({ url }, new AbortController().signal), { instanceOf: RelayDialError });
    t.is(error?.kind, 'other');
    t.false(`${error?.stack} ${error?.cause}`.includes('secret'));
  });
}
