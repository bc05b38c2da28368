/** A client as far as the benches of files need one. */
export interface Requester extends AsyncDisposable {
  /** Resolves when there is an answer; with what is the client's own affair. */
  request(method: string, params: object): Promise<unknown>;
}
