/**
 * The server's front: it passes messages between the client and the worker that analyses, and is never busy itself. What is cancelled is
 * answered at once; a worker that dies is started again once, with the documents as they stand, and the client is told once.
 */
import { createMirror } from './mirror.js';
import { isPlausible } from './plausible.js';
import { isWire, memberOf, quietErrors, type Wire } from './wire.js';

/** A running worker. */
export interface WorkerLink {
  send(message: Wire): void;
  end(): void;
}

/** What a worker reports. */
export interface WorkerEvents {
  message(message: Wire): void;
  /** It is gone, for the reason given. */
  ended(reason: string): void;
}

/** The gateway's surroundings. */
export interface GatewayOptions {
  toClient(message: Wire): void;
  startWorker(events: WorkerEvents): WorkerLink;
  /** A message is on its way to the worker, which may leave what it is at. */
  arrived(isEdit: boolean): void;
  /** The client said goodbye. */
  exit(code: number): void;
}

/** Takes what the client sends. */
export interface Gateway {
  fromClient(message: unknown): void;
}

/** Times that a worker is started again before we give up. */
const mostRestarts = 1;

/** InvalidParams. */
const wrongParams = -32602;

/** Requests that are answered by the worker alone, whatever the client cancels. */
const uncancellable: ReadonlySet<string> = new Set(['initialize', 'shutdown']);

/** Methods of the worker that a client has answered before, and would take for new. */
const registrations: ReadonlySet<string> = new Set(['client/registerCapability', 'client/unregisterCapability']);

/** Makes the gateway and starts its worker. */
export function createGateway(options: GatewayOptions): Gateway {
  const mirror = createMirror();
  /** Requests of the client that wait for the worker, by id. */
  const pending = new Map<number | string, string>();
  /** Requests that were answered here: the worker's answer is dropped. */
  const answered = new Set<number | string>();
  let initialize: unknown;
  let isInitialized = false;
  let isShutDown = false;
  let restarts = 0;
  let link: WorkerLink | undefined;
  let ownRequests = 0;

  const reply = (id: number | string, error: Wire['error']): void => options.toClient({ jsonrpc: '2.0', id, ...(error ? { error } : {}) });
  const say = (type: 1 | 2, message: string): void =>
    options.toClient({ jsonrpc: '2.0', method: 'window/showMessage', params: { type, message } });
  /** The worker's requests are told apart from those of the one before it. */
  const prefix = (): string => `again-${restarts}:`;

  const fromWorker = (message: Wire): void => {
    const { id, method } = message;
    if (method === undefined) {
      if (id === undefined || id === null || id === 'replay') return;
      if (answered.delete(id)) return;
      pending.delete(id);
      options.toClient(message);
    } else if (id === undefined || id === null || restarts === 0) options.toClient(message);
    else if (registrations.has(method)) link?.send({ jsonrpc: '2.0', id, result: null });
    else options.toClient({ ...message, id: `${prefix()}${typeof id === 'number' ? 'n' : 's'}${id}` });
  };
  /** The id as the worker knows it; undefined when it is not one of this worker's. */
  const idOfWorker = (id: number | string): number | string | undefined => {
    if (restarts === 0) return id;
    const text = String(id);
    if (!text.startsWith(prefix())) return undefined;
    const rest = text.slice(prefix().length);
    return rest.startsWith('n') ? Number(rest.slice(1)) : rest.slice(1);
  };

  const replay = (): void => {
    if (initialize === undefined) return;
    link?.send({ jsonrpc: '2.0', id: 'replay', method: 'initialize', params: initialize });
    if (!isInitialized) return;
    link?.send({ jsonrpc: '2.0', method: 'initialized', params: {} });
    for (const document of mirror.all()) {
      const { uri, languageId, version } = document;
      link?.send({
        jsonrpc: '2.0',
        method: 'textDocument/didOpen',
        params: { textDocument: { uri, languageId, version, text: document.getText() } },
      });
    }
    if (memberOf(memberOf(memberOf(memberOf(initialize, 'capabilities'), 'workspace'), 'diagnostics'), 'refreshSupport') === true)
      options.toClient({ jsonrpc: '2.0', id: `own:${ownRequests++}`, method: 'workspace/diagnostic/refresh' });
  };
  const start = (): WorkerLink => {
    const mine: WorkerLink = options.startWorker({
      message: (message) => {
        if (link === mine) fromWorker(message);
      },
      ended: (reason) => {
        if (link === mine) ended(reason);
      },
    });
    link = mine;
    return mine;
  };
  const ended = (reason: string): void => {
    link = undefined;
    if (isShutDown) {
      for (const [id, method] of pending) {
        if (method === 'shutdown') options.toClient({ jsonrpc: '2.0', id, result: null });
        else reply(id, { code: quietErrors.modified, message: 'the server has shut down' });
      }
      pending.clear();
      return;
    }
    const isLast = restarts >= mostRestarts;
    const wasStarting = [...pending].filter(([, method]) => method === 'initialize');
    for (const [id, method] of pending) {
      if (method === 'initialize' && !isLast) continue;
      if (method === 'textDocument/diagnostic' && !isLast)
        reply(id, { code: quietErrors.serverCancelled, message: 'the analysis starts again', data: { retriggerRequest: true } });
      else
        reply(id, { code: method === 'initialize' ? quietErrors.fault : quietErrors.modified, message: `the analysis stopped: ${reason}` });
    }
    pending.clear();
    answered.clear();
    if (isLast) {
      say(1, `GPU SVM Review: the analysis stopped again (${reason}) and stays off until the server is restarted.`);
      return;
    }
    restarts++;
    say(2, `GPU SVM Review: the analysis stopped (${reason}) and was started again.`);
    const again = start();
    const [first] = wasStarting;
    if (first === undefined) replay();
    else {
      // It never came up: the client still waits for the first answer.
      pending.set(first[0], first[1]);
      again.send({ jsonrpc: '2.0', id: first[0], method: 'initialize', params: initialize });
    }
  };

  const cancel = (params: unknown): void => {
    const id = memberOf(params, 'id');
    if (typeof id !== 'number' && typeof id !== 'string') return;
    const method = pending.get(id);
    if (method === undefined || uncancellable.has(method)) return;
    pending.delete(id);
    answered.add(id);
    reply(id, { code: quietErrors.cancelled, message: 'cancelled' });
  };
  const notice = (message: Wire, method: string): void => {
    if (method === 'exit') {
      link?.end();
      options.exit(isShutDown ? 0 : 1);
      return;
    }
    if (!isPlausible(method, message.params)) return;
    if (method === '$/cancelRequest') cancel(message.params);
    if (method === 'initialized') isInitialized = true;
    options.arrived(mirror.take(method, message.params));
    link?.send(message);
  };
  const request = (message: Wire, id: number | string, method: string): void => {
    if (link === undefined) {
      if (method === 'shutdown') {
        isShutDown = true;
        options.toClient({ jsonrpc: '2.0', id, result: null });
      } else reply(id, { code: quietErrors.modified, message: 'the analysis is off' });
      return;
    }
    if (!isPlausible(method, message.params)) {
      reply(id, { code: wrongParams, message: `${method}: the parameters are not what the method asks for` });
      return;
    }
    pending.set(id, method);
    options.arrived(false);
    if (method === 'shutdown') isShutDown = true;
    if (method !== 'initialize') {
      link.send(message);
      return;
    }
    // The worker's own watch over the client's process would end the thread and nothing else.
    const params = typeof message.params === 'object' && message.params !== null ? { ...message.params, processId: null } : message.params;
    initialize ??= params;
    link.send({ ...message, params });
  };

  start();
  return {
    fromClient(message) {
      if (!isWire(message)) return;
      const { id, method } = message;
      if (typeof method === 'string') {
        if (id === undefined || id === null) notice(message, method);
        else request(message, id, method);
      } else if (id !== undefined && id !== null) {
        const own = idOfWorker(id);
        if (own !== undefined && !String(id).startsWith('own:')) link?.send({ ...message, id: own });
      }
    },
  };
}
