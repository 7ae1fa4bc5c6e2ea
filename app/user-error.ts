// An error for the person at the terminal: what is wrong, and what to do about it. app/cli/main.ts prints it without a
// stack. Everything else that is thrown is a fault of ours, and is printed with its stack.

export class UserError extends Error {
  /** What to run or change instead; printed on a line of its own. */
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.remedy = remedy;
  }
}
