/** One wrapper for every handler: a request may fail, the server may not. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';

/** Writes a line to the client's output channel. */
export type Log = (line: string) => void;

/** Thrown by work that saw its token cancelled. */
export class Cancelled extends Error {}

/** Throws when the token is cancelled. */
export function checkCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested) throw new Cancelled('cancelled');
}

/** Lets the event loop take what has arrived meanwhile (edits, cancellations), then goes on unless cancelled. */
export async function breathe(token?: CancellationToken): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  if (token !== undefined) checkCancelled(token);
}

/**
 * Makes a request handler that never rejects but for cancellation: a fault is logged with the handler's name and the empty answer is given.
 */
export function guarded<P, R>(
  name: string,
  log: Log,
  empty: R,
  handler: (params: P, token: CancellationToken) => R | Promise<R>,
): (params: P, token: CancellationToken) => Promise<R> {
  return async (params, token) => {
    try {
      checkCancelled(token);
      return await handler(params, token);
    } catch (error) {
      if (error instanceof Cancelled) throw new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'cancelled');
      log(`${name}: ${describe(error)}`);
      return empty;
    }
  };
}

/** The same for notifications and timers, which answer nothing. */
export function guardedNotice<P>(name: string, log: Log, handler: (params: P) => void | Promise<void>): (params: P) => void {
  return (params) => {
    const fail = (error: unknown): void => {
      if (!(error instanceof Cancelled)) log(`${name}: ${describe(error)}`);
    };
    try {
      const result = handler(params);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** A fault as text: its stack where there is one. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
