import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { type FilteredArchitecture, SYSCALL_NUMBERS } from '#src/sandbox/syscall-numbers.js';

/** Where the kernel's headers lie when they are installed, as on most machines with a C compiler. */
const HEADERS = {
  x64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  arm64: '/usr/include/asm-generic/unistd.h',
} as const;
/** Newer than many installed headers, which may lack it. */
const RECENT = 'open_tree_attr';

for (const architecture of Object.keys(HEADERS) as FilteredArchitecture[]) {
  const header = HEADERS[architecture];
  const testIfInstalled = existsSync(header) ? test : test.skip;
  testIfInstalled(`numbers on ${architecture} are those of the kernel's headers`, (t) => {
    const defined = new Map(
      [...readFileSync(header, 'utf8').matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)].map(([, name, number]) => [
        name,
        Number(number),
      ]),
    );
    for (const [name, numbers] of Object.entries(SYSCALL_NUMBERS)) {
      if (name !== RECENT || defined.has(name)) t.is(numbers[architecture], defined.get(name), name);
    }
  });
}
