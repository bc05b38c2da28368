import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import test from 'ava';
import { accountShell, environmentInfo } from '#src/session/environment-info.js';

test('a user that no database knows has the plain shell and the root as home', (t) => {
  const { userInfo } = os;
  os.userInfo = (() => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
  }) as typeof userInfo;
  syncBuiltinESMExports();
  t.teardown(() => {
    os.userInfo = userInfo;
    syncBuiltinESMExports();
  });
  t.is(accountShell(), '/bin/sh');
  t.like(environmentInfo({}), { shell: { name: 'sh', path: '/bin/sh' }, userHomeDir: 'file:///' });
  t.like(environmentInfo({ HOME: '/home/somebody' }), { userHomeDir: 'file:///home/somebody' });
});
