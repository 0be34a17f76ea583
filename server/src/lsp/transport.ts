/** How messages come and go: stdio, the channel of a parent process, a socket or a pipe, as the arguments say. */
import {
  createServerPipeTransport,
  createServerSocketTransport,
  IPCMessageReader,
  IPCMessageWriter,
  type Message,
  type MessageReader,
  type MessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Wire } from './wire.js';

/** A way to the client. */
export interface Transport {
  write(message: Wire): void;
  listen(take: (message: unknown) => void): void;
  /** The client is gone. */
  onClose(then: () => void): void;
}

/** The value of `--name=VALUE` or `--name VALUE`. */
function argumentOf(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((one) => one === name || one.startsWith(`${name}=`));
  return at < 0 ? undefined : argv[at] === name ? argv[at + 1] : argv[at]?.slice(name.length + 1);
}

function connect(argv: readonly string[]): readonly [MessageReader, MessageWriter] {
  const port = Number.parseInt(argumentOf(argv, '--socket') ?? '', 10);
  const pipe = argumentOf(argv, '--pipe');
  if (argv.includes('--node-ipc')) return [new IPCMessageReader(process), new IPCMessageWriter(process)];
  if (port > 0) return createServerSocketTransport(port);
  if (pipe !== undefined) return createServerPipeTransport(pipe);
  // Started by hand without a transport, stdio is meant.
  return [new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout)];
}

/** Opens the way that the arguments name. */
export function openTransport(argv: readonly string[]): Transport {
  const [reader, writer] = connect(argv);
  const complain = (what: unknown): void => {
    process.stderr.write(`gpusvm-review: ${what instanceof Error ? what.message : String(what)}\n`);
  };
  reader.onError(complain);
  return {
    write(message) {
      // A client that does not read any more is noticed by its closing.
      writer.write(message as Message).catch(() => undefined);
    },
    listen: (take) => {
      reader.listen(take);
    },
    onClose(then) {
      reader.onClose(then);
      if (argv.includes('--node-ipc')) process.on('disconnect', then);
    },
  };
}
