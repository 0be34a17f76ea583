/** Messages of JSON-RPC as they pass through, unread but for what steers them. */

/** A request, a notification or an answer. What came from outside may lack anything. */
export interface Wire {
  readonly jsonrpc: string;
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** Codes of errors that clients do not show: their own protocol's names are in the comments. */
export const quietErrors = {
  /** RequestCancelled: the client cancelled. */
  cancelled: -32800,
  /** ContentModified: the answer would be out of date. */
  modified: -32801,
  /** ServerCancelled: with `retriggerRequest` the client asks again. */
  serverCancelled: -32802,
  /** InternalError. */
  fault: -32603,
} as const;

/** True for an object with a version of JSON-RPC: anything else is no message. */
export const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && 'jsonrpc' in value && value.jsonrpc === '2.0';

/** A member of an object that may be none. */
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
