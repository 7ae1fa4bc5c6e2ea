// Opens a log that is named on the command line, and says what is wrong with one that cannot be read.

import { UserError } from '../../user-error.ts';
import { LogFile, readFully } from '../log/log-file.ts';
import { linesIn } from './formats/choose.ts';

/** What a log is called, and the file it is in where that is another (standard input). */
export type NamedLog = { path: string; file?: string };

/** @throws UserError where it cannot be opened */
export async function openLog({ path, file = path }: NamedLog): Promise<LogFile> {
  try {
    return await LogFile.open(file, path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError(`cannot read ${path} (${code})`, 'Check its name and its permissions.', {
      cause: error,
    });
  }
}

/**
 * Unpacks a packed file once, and returns the last bytes of its content; undefined where it is not packed.
 * @throws UserError where it is damaged
 */
export async function verify(file: LogFile): Promise<Buffer | undefined> {
  try {
    return await file.packed?.verify();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file.path} is damaged or not complete: ${reason}`, 'Nothing of it was counted.');
  }
}

/** The lines a format is told by. */
export async function firstLines(file: LogFile): Promise<Buffer[]> {
  const head = Buffer.alloc(262_144);
  return linesIn(head.subarray(0, await readFully(file, head, 0)));
}
