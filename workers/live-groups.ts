/**
 * Lets no process outlive this program, even when it is killed without notice.
 *
 * The live process groups stand in a file without a name, one line of fixed width each. A small shell, the guard, waits for
 * the end of a pipe that only this program holds open; when that comes it kills every group in the file, and then whoever has
 * the mark of one of their leaders (descendants/marks.ts). A start has its mark there before there is anybody who could outlive
 * this program, and its group in the same place as soon as that is known. It costs two positional writes, an end one; nobody is woken.
 *
 * Each worker has a guard, which is let go when its thread dies. Then this program and the guard may still have the mark of a start
 * that was under way: they are passed over.
 */
import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import type { Guard } from '#src/pool/calls.js';
import type { Spawner } from './spawner.js';

/** A mark has 19 digits, a pid at most 7 (PID_MAX_LIMIT is 2^22); an empty line is a free place. */
const LINE_BYTES = 20;

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
  case $pid in
    '') continue ;;
    5??????????????????) marks="$marks$pid " && continue ;;
  esac
  mark_of "$pid"
  case $mark in 5??????????????????) marks="$marks$mark " ;; esac
  kill -s KILL -- "-$pid"
done <&3
[ "$marks" = ' ' ] && exit
for look in 1 2 3; do
  found=
  for process in /proc/[0-9]*; do
    case "\${process#/proc/}" in "$PPID" | "$$") continue ;; esac
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
  /** By pid. */
  readonly #places = new Map<number, number>();
  /** Of starts under way, by mark. */
  readonly #begun = new Map<bigint, number>();
  #lines = 0;

  constructor(spawner: Spawner) {
    try {
      this.guard = startGuard(spawner);
    } catch (error) {
      this.unguarded = (error as Error).message;
    }
  }

  /** Somebody with this mark is about to begin. When the list cannot grow nobody is named, and the group will be refused. */
  begins(mark: bigint): void {
    const place = this.#take();
    try {
      this.#write(place, String(mark));
      this.#begun.set(mark, place);
    } catch {
      this.#free.push(place);
    }
  }

  /** That start is over. What has become of it is on the list by now, or is nothing. */
  begun(mark: bigint): void {
    const place = this.#begun.get(mark);
    if (place === undefined) return;
    this.#begun.delete(mark);
    this.#free.push(place);
    this.#write(place, '');
  }

  /** `mark`: of its start, whose place it takes. Errors: the system's, when the list cannot grow; the group is then not on it. */
  add(pid: number, mark: bigint | undefined): void {
    const begun = mark === undefined ? undefined : this.#begun.get(mark);
    const place = begun ?? this.#take();
    try {
      this.#write(place, String(pid));
    } catch (error) {
      if (begun === undefined) this.#free.push(place);
      throw error;
    }
    this.#places.set(pid, place);
    if (begun !== undefined) this.#begun.delete(mark!);
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

  #take(): number {
    return this.#free.pop() ?? this.#lines++;
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
