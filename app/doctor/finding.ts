// What doctor says: a line for each thing it looked at, and the remedy where there is something to do.

export type Finding =
  | { status: 'ok'; what: string }
  | { status: 'warning'; what: string; remedy: string }
  | { status: 'wrong'; what: string; remedy: string };

export const ok = (what: string): Finding => ({ status: 'ok', what });
export const warning = (what: string, remedy: string): Finding => ({ status: 'warning', what, remedy });
export const wrong = (what: string, remedy: string): Finding => ({ status: 'wrong', what, remedy });

const label = { ok: 'ok     ', warning: 'warning', wrong: 'WRONG  ' };

/** The findings as a person reads them. */
export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => [
    `${label[finding.status]}  ${finding.what.replaceAll('\n', '\n         ')}`,
    ...(finding.status === 'ok' ? [] : [`         -> ${finding.remedy}`]),
  ]);
  const count = (status: Finding['status']) => findings.filter((f) => f.status === status).length;
  const sum = `${count('ok')} ok, ${count('warning')} to look at, ${count('wrong')} wrong`;
  return `${[...lines, '', sum].join('\n')}\n`;
}
