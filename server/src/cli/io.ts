/** The process as the commands see it, so that tests can run them without one. */

/** Streams, folder and environment of a run. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal; 80 when unknown. */
  readonly columns: number;
  /** Writes to stdout. False when the reader went away (EPIPE): further output is pointless. */
  out(text: string): boolean;
  /** Writes to stderr. */
  err(text: string): void;
  /** All of stdin, as bytes. */
  readInput(): Promise<Uint8Array>;
}

/** The real process. A reader that closes the pipe early ends the output silently, as `head` expects. */
export function processIo(): Io {
  let isOpen = true;
  const closed = (error: NodeJS.ErrnoException): void => {
    isOpen = false;
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') process.exitCode = 2;
  };
  process.stdout.on('error', closed);
  process.stderr.on('error', () => {});
  return {
    cwd: process.cwd(),
    env: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
    out(text) {
      if (isOpen && text !== '') process.stdout.write(text);
      return isOpen;
    },
    err(text) {
      process.stderr.write(text);
    },
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
  };
}
