import { closeSync, fstatSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import test from 'ava';
import { Descriptor } from '#src/files/descriptor.js';
import { TemporaryFolder } from '#test/support/temporary-folder.js';

function scene() {
  const folder = new TemporaryFolder();
  folder.write('file', 'data');
  const fd = openSync(folder.file('file'), 'r');
  return { fd, descriptor: new Descriptor(fd), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Whether the number leads to this file; it may lead to another's by now. */
const leadsTo = (fd: number, ino: number) => {
  try {
    return fstatSync(fd).ino === ino;
  } catch {
    return false;
  }
};

/** Time enough for a close that has been begun: closing is done by the same threads as this. */
const timeToClose = async () => {
  for (let round = 0; round < 10; round++) await stat('/');
};

test.serial('a descriptor that nobody uses is closed at once, and once only', async (t) => {
  using world = scene();
  const { descriptor, fd } = world;
  const { ino } = fstatSync(fd);
  const closed = descriptor.close();
  t.false(descriptor.isOpen);
  await closed;
  t.false(leadsTo(fd, ino));
  // One of these gets the number, unless somebody else in this process has been quicker.
  const others = Array.from({ length: 16 }, () => openSync('/', 'r'));
  await descriptor.close();
  for (const other of others) {
    t.true(fstatSync(other).isDirectory());
    closeSync(other);
  }
});

test.serial('it stays open until the last who uses it has ended', async (t) => {
  using world = scene();
  const { descriptor, fd } = world;
  const { ino } = fstatSync(fd);
  const ends: (() => void)[] = [];
  const uses = [0, 1].map(() => descriptor.use(() => new Promise<void>((resolve) => ends.push(resolve))));
  const closed = descriptor.close();
  await timeToClose();
  t.true(leadsTo(fd, ino));
  ends[0]!();
  await uses[0];
  await timeToClose();
  t.true(leadsTo(fd, ino));
  ends[1]!();
  await closed;
  t.false(leadsTo(fd, ino));
});

test.serial('what fails is no longer a user', async (t) => {
  using world = scene();
  const { descriptor } = world;
  await t.throwsAsync(
    descriptor.use(() => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  );
  await descriptor.close();
  t.pass();
});

test.serial('nobody begins to use it once it is to be closed', async (t) => {
  using world = scene();
  const { descriptor } = world;
  await descriptor.close();
  await t.throwsAsync(descriptor.use(async (fd) => fd));
});
