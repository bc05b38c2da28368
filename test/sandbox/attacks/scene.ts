/** The world that one attack is made in: a workspace, what lies outside of it, and a victim. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VICTIM } from './victim.js';

/** What may never be seen from within a sandbox. */
export const TREASURE = 'treasure-7f3a';

/** Who owns the scene and makes the attack. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: User = { name: 'nobody', uid: 65_534, gid: 65_534 };
const SELF: User = { name: 'this user', uid: process.getuid!(), gid: process.getgid!() };
/** Root tries both; anybody else can only try as oneself. */
export const USERS: readonly User[] = SELF.uid === 0 ? [{ ...SELF, name: 'root' }, NOBODY] : [SELF];

/**
 *   workspace/  W   .git/{HEAD,config,hooks/,objects/,refs/}  f  linked (also outside/linked)
 *                   sub/keep/f  vault/hidden/key (holds the treasure)
 *   outside/    O   secret (holds the treasure)  linked
 *   victim/     S   where the victim has its sockets and its notes
 *   id              a copy of the program that runs as its owner, the stranger, whoever starts it; if we are root
 */
export class Scene implements AsyncDisposable {
  readonly #path: string;
  readonly #victim: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #user: User;
  /** W, O, S as above, V (the victim's pid), TCP and UDP (its ports), NAME (a word of this scene's own). */
  readonly variables: Readonly<Record<'W' | 'O' | 'S' | 'V' | 'TCP' | 'UDP' | 'NAME', string>>;

  static async open(user: User): Promise<Scene> {
    const path = mkdtempSync(join(tmpdir(), 'farhand-attack-'));
    furnish(path);
    if (user.uid !== SELF.uid) giveTo(user, path);
    if (SELF.uid === 0) lend('/usr/bin/id', join(path, 'id'), strangerTo(user));
    const victim = spawn('perl', ['-e', VICTIM, join(path, 'victim')], {
      uid: user.uid,
      gid: user.gid,
      env: { TREASURE },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(victim.stdout)) return new Scene(path, victim, line, user);
    throw new Error('the victim did not come up');
  }

  private constructor(path: string, victim: ChildProcess, ports: string, user: User) {
    this.#path = path;
    this.#victim = victim;
    this.#ended = new Promise((resolve) => victim.once('close', resolve));
    this.#user = user;
    const [TCP, UDP] = ports.split(' ');
    const NAME = path.slice(path.lastIndexOf('/') + 1);
    const [W, O, S] = ['workspace', 'outside', 'victim'].map((name) => join(path, name));
    this.variables = { W: W!, O: O!, S: S!, V: String(victim.pid), TCP: TCP!, UDP: UDP!, NAME };
  }

  /** The number of a user whom this one cannot become. */
  get stranger(): number {
    return strangerTo(this.#user);
  }

  /** Runs a script in the workspace as the scene's user, without any sandbox; out: what it printed. */
  runFree(script: string): string {
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
      cwd: this.variables.W,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: this.#path, ...this.variables },
      uid: this.#user.uid,
      gid: this.#user.gid,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return `${stdout}\n${stderr}`;
  }

  /** Whether there is anything by this name, be it a symbolic link to nowhere. */
  has(name: string): boolean {
    return lstatSync(join(this.#path, name), { throwIfNoEntry: false }) !== undefined;
  }

  /** The text of a file; empty when it is not there. */
  text(name: string): string {
    return this.has(name) ? readFileSync(join(this.#path, name), 'utf8') : '';
  }

  /** What no policy of an attack allows to be changed, as it is now: names, modes and texts. */
  fixed(): Readonly<Record<string, string>> {
    const names = ['outside', 'workspace/.git'].flatMap((folder) => [
      folder,
      ...readdirSync(join(this.#path, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    ]);
    return Object.fromEntries(names.sort().map((name) => [name, this.#described(name)]));
  }

  #described(name: string): string {
    const { mode } = lstatSync(join(this.#path, name));
    return (mode & constants.S_IFMT) === constants.S_IFREG
      ? `${mode.toString(8)} ${this.text(name)}`
      : mode.toString(8);
  }

  /** Whether the attack left a file in the host's shared memory. */
  hasSharedMemory(): boolean {
    return existsSync(this.#sharedMemory);
  }

  get #sharedMemory(): string {
    return join('/dev/shm', this.variables.NAME);
  }

  /** Whether the attack reached this socket of the victim: it sends the word `evil`. */
  wasReached(socket: string): boolean {
    return this.text('victim/notes').split('\n').includes(`${socket} evil`);
  }

  /** Whether it was killed rather than ended by us. */
  wasVictimKilled(): boolean {
    return this.#victim.signalCode !== null;
  }

  /** Ends the victim, which writes down first what has reached it. To be called after an attack, before its success is judged. */
  async endVictim(): Promise<void> {
    this.#victim.stdin!.end();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endVictim();
    for (const path of [this.#path, this.#sharedMemory]) rmSync(path, { recursive: true, force: true });
  }
}

/** Makes the directories and files of a scene. */
function furnish(path: string): void {
  const directories = [
    ...['workspace/.git/hooks', 'workspace/.git/objects', 'workspace/.git/refs', 'workspace/sub/keep'],
    ...['workspace/vault/hidden', 'outside', 'victim'],
  ];
  for (const directory of directories) mkdirSync(join(path, directory), { recursive: true });
  const files = {
    'workspace/.git/HEAD': 'ref: refs/heads/main\n',
    'workspace/.git/config': '[core]\n\tbare = false\n',
    'workspace/f': 'plain\n',
    'workspace/sub/keep/f': 'kept\n',
    'workspace/vault/hidden/key': `${TREASURE}\n`,
    'outside/secret': `${TREASURE}\n`,
    'outside/linked': 'one file of two names\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  linkSync(join(path, 'outside/linked'), join(path, 'workspace/linked'));
}

const strangerTo = ({ uid }: User): number => (uid === 0 ? NOBODY.uid : 0);

/** A program that is this user while it runs. */
function lend(program: string, path: string, uid: number): void {
  copyFileSync(program, path);
  chownSync(path, uid, -1);
  chmodSync(path, 0o4755);
}

function giveTo({ uid, gid }: User, path: string): void {
  chownSync(path, uid, gid);
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) chownSync(join(path, name), uid, gid);
}
