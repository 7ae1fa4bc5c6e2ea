// What a command prints, where it cannot be printed: the reader of a pipe has gone, the disk is full.

import { UserError } from '../user-error.ts';

/**
 * For every command: it ends without a word when nobody reads its output any more (`| head`: that is no error), and with
 * one when the output cannot be written. main.ts calls this once.
 * @param report tells an error and returns the exit code
 */
export function watchOutput(report: (error: unknown) => number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A command that waited for its output has more to do and to say.
    if (awaited.has(error)) return;
    const code = error.code === 'EPIPE' ? 0 : report(unwritable('the output', error));
    process.exit(process.exitCode || code);
  });
  // Nobody is left to be told. What the command does goes on.
  process.stderr.on('error', () => {});
}

/** Errors of output that a command waits for. */
const awaited = new WeakSet<Error>();

/** Writes to standard output, and waits until the system has it. Rejects if it does not take it. */
export function printAll(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) return resolve();
      // The stream tells this callback first, and then everybody.
      awaited.add(error);
      reject(error);
    });
  });
}

/** Errors of the system whose remedy is the same whatever was written. */
const remedies: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, and run it again.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, and run it again.'],
  EFBIG: ['the file would be larger than is allowed', 'Raise the limit (ulimit -f), and run it again.'],
  EROFS: ['the file system is read-only', 'Name another place.'],
  EIO: ['the disk or terminal fails', 'Look at the log of the system (dmesg).'],
  EPIPE: ['nobody reads it any more', 'Let the program behind the pipe read to the end.'],
};

/** An error in plain words, if it says that something cannot be written, and else the error itself. */
export function unwritable(what: string, error: unknown): unknown {
  const { code = '', path } = error as NodeJS.ErrnoException;
  const known = remedies[code];
  if (!(error instanceof Error) || !known) return error;
  return new UserError(`cannot write ${path ?? what}: ${known[0]} (${code})`, known[1], { cause: error });
}
