/**
 * Lets no process outlive this program, even when it is killed without notice.
 *
 * The live process groups stand in a file without a name, one line of fixed width each. A small shell, the guard, waits for
 * the end of a pipe that only this program holds open; when that comes it kills every group in the file, and then whoever has
 * the mark of one of their leaders (descendants/marks.ts). A start or an end costs one positional write and wakes nobody.
 */
import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import type { Guard } from '#src/pool/calls.js';
import type { Spawner } from './spawner.js';

/** A pid has at most 7 digits (PID_MAX_LIMIT is 2^22); an empty line is a free place. */
const LINE_BYTES = 8;

/** `read` returns at the end of the pipe, since nobody ever writes to it. Blanks around a pid are dropped by `read`. */
const SCRIPT = `trap '' HUP INT TERM QUIT
read -r line
mark_of() {
  mark=none
  while read -r max what which soft rest; do
    [ "$what $which" = 'file locks' ] && mark=$soft && return
  done <"/proc/$1/limits"
}
marks=' '
while read -r pid; do
  [ -n "$pid" ] || continue
  mark_of "$pid"
  case $mark in 5??????????????????) marks="$marks$mark " ;; esac
  kill -s KILL -- "-$pid"
done <&3
[ "$marks" = ' ' ] && exit
for look in 1 2 3; do
  found=
  for process in /proc/[0-9]*; do
    mark_of "\${process#/proc/}"
    case $marks in *" $mark "*) kill -s KILL "\${process#/proc/}" && found=some ;; esac
  done
  [ "$found" ] || exit
done`;

export class LiveGroups {
  /** Undefined where it could not be started; `unguarded` says why. */
  readonly guard: Guard | undefined;
  readonly unguarded: string | undefined;
  readonly #free: number[] = [];
  readonly #places = new Map<number, number>();
  #lines = 0;

  constructor(spawner: Spawner) {
    try {
      this.guard = startGuard(spawner);
    } catch (error) {
      this.unguarded = (error as Error).message;
    }
  }

  /** Errors: the system's, when the list cannot grow; the group is then not on it. */
  add(pid: number): void {
    const place = this.#free.pop() ?? this.#lines++;
    try {
      this.#write(place, String(pid));
      this.#places.set(pid, place);
    } catch (error) {
      this.#free.push(place);
      throw error;
    }
  }

  /** To be called as soon as the leader has been reaped: from then on its number may be given to another. */
  remove(pid: number): void {
    const place = this.#places.get(pid);
    if (place === undefined) return;
    this.#places.delete(pid);
    this.#free.push(place);
    this.#write(place, '');
  }

  /** Lets the guard go, with an empty list: whatever was on it has been killed. */
  close(): void {
    if (!this.guard) return;
    ftruncateSync(this.guard.table);
    closeSync(this.guard.lifeline);
    closeSync(this.guard.table);
  }

  #write(place: number, text: string): void {
    if (!this.guard) return;
    writeSync(this.guard.table, `${text.padEnd(LINE_BYTES - 1)}\n`, place * LINE_BYTES, 'latin1');
  }
}

function startGuard(spawner: Spawner): Guard {
  const table = spawner.createNamelessFile();
  try {
    return { ...spawner.spawnGuard(SCRIPT, table), table };
  } catch (error) {
    closeSync(table);
    throw error;
  }
}
