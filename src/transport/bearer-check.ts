import { type BearerAuth, refuseBearer } from './bearer-auth.js';
import { type AskingPlan, loadBearerAuth } from './ws-auth-options.js';

/** Asks for the token of a plan, and reads it again when it is told to. */
export class BearerCheck {
  readonly #plan: AskingPlan;
  #auth: BearerAuth;

  /** Errors: StartupError for a file that cannot be read or holds too little. */
  constructor(plan: AskingPlan) {
    this.#plan = plan;
    this.#auth = loadBearerAuth(plan);
  }

  /** Whether it comes from a file. */
  get isReloadable(): boolean {
    return this.#plan.mode === 'signed-bearer-token' || 'file' in this.#plan.token;
  }

  /** Connections that are open stay. Errors: as of the constructor; then what was read before stays good. */
  reload(): void {
    this.#auth = loadBearerAuth(this.#plan);
  }

  /** As `CheckAuthorization`. */
  refuse(authorization: string | undefined): string | undefined {
    return refuseBearer(this.#auth, authorization, Math.floor(Date.now() / 1000));
  }
}
