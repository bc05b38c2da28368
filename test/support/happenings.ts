/** Far more than anything here takes. */
const PATIENCE_MS = 30_000;

/** What happens around a test: whoever waits for a state of it looks again each time that something has. */
export class Happenings {
  readonly #looks = new Set<() => void>();

  /** Something has happened. */
  readonly happened = (): void => {
    for (const look of [...this.#looks]) look();
  };

  /** Resolves as soon as it is so. Rejects after a long time, so that a test that fails says what it has waited for. */
  async until(isSo: () => boolean): Promise<void> {
    let impatience: NodeJS.Timeout | undefined;
    let look = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        look = () => {
          if (isSo()) resolve();
        };
        this.#looks.add(look);
        impatience = setTimeout(() => reject(new Error(`never came about: ${isSo}`)), PATIENCE_MS).unref();
        look();
      });
    } finally {
      clearTimeout(impatience);
      this.#looks.delete(look);
    }
  }
}
