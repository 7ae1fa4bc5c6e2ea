// Which SQL depends on the time zone of the session that runs it. Ours may not: people query the views from sessions of
// their own, and an hour more or less would move downloads into another day.
//
// It is a check of text and does not know types. So it goes by names: `day`, `month`, `first_day` are dates, any other
// name may be a moment. test/reports/sql.test.ts runs the reports in sessions of other zones and is the proof.

import { argumentsAt, blank, operandBefore, withoutComments } from './sql-text.ts';

export type Finding = { at: number; found: string; remedy: string };

const inUtc = "say the zone: (... at time zone 'UTC')";

/** Each place of `text` whose result the session's time zone changes. */
export function zoneFindings(text: string, file: string): Finding[] {
  const sql = withoutFunctionsInUtc(withoutComments(text, file));
  return [...words(sql), ...casts(sql), ...calls(sql), ...literals(sql)].sort((a, b) => a.at - b.at);
}

/** A function that sets its own time zone depends on nobody's. */
function withoutFunctionsInUtc(sql: string): string {
  return sql.replace(
    /create (?:or replace )?(?:function|procedure)(?:(?!\$\$)[\s\S])*\$\$[\s\S]*?\$\$/g,
    (statement) => {
      const header = statement.slice(0, statement.indexOf('$$'));
      return /\bset timezone = 'UTC'/.test(header) ? blank(statement) : statement;
    },
  );
}

function words(sql: string): Finding[] {
  const pattern =
    /\b(current_date|current_time|localtimestamp|localtime)\b|\b(timestamp|time) without time zone\b/gi;
  return [...sql.matchAll(pattern)].map(({ 0: found, 1: clock, index }) => ({
    at: index,
    found,
    remedy: clock ? "(now() at time zone 'UTC')::date" : 'timestamptz',
  }));
}

/** A moment that becomes a date, a time or a text without a zone. */
function casts(sql: string): Finding[] {
  const double = [...sql.matchAll(/::\s*(date|timestamp|time)\b/gi)].map((match) => ({
    at: match.index,
    operand: operandBefore(sql, match.index),
    type: match[0],
  }));
  const named = [...sql.matchAll(/\bcast\s*\(/gi)].flatMap((match) => {
    const { list } = argumentsAt(sql, match.index + match[0].length - 1);
    const [, operand, type] = /^([\s\S]*?)\s+as\s+(date|timestamp|time)$/i.exec(list[0] ?? '') ?? [];
    return operand && type ? [{ at: match.index, operand, type: ` as ${type}` }] : [];
  });
  const clock = [...sql.matchAll(/\b(?:now|\w+_timestamp)\s*\(\s*\)\s*::\s*(text|varchar|char)\b/gi)].map(
    ({ 0: found, index }) => ({ at: index, found, remedy: inUtc }),
  );
  const mayDepend = [...double, ...named].filter(({ operand }) => !saysZone(operand) && !isOfDays(operand));
  return [
    ...clock,
    ...mayDepend.map(({ at, operand, type }) => ({ at, found: operand + type, remedy: inUtc })),
  ];
}

/** date_trunc, extract, date_part and to_char of a moment. */
function calls(sql: string): Finding[] {
  return [...sql.matchAll(/\b(date_trunc|date_part|extract|to_char)\s*\(/gi)].flatMap((match) => {
    const start = match.index + match[0].length - 1;
    const { list, end } = argumentsAt(sql, start);
    const name = (match[1] as string).toLowerCase();
    if (isFree(name, list)) return [];
    const remedy = name === 'date_trunc' ? `${inUtc}, or as its third argument` : inUtc;
    return [{ at: match.index, found: sql.slice(match.index, end + 1), remedy }];
  });
}

function isFree(name: string, list: readonly string[]): boolean {
  if (name === 'extract') {
    const [, field = '', value = ''] = /^(\w+)\s+from\s+([\s\S]*)$/i.exec(list[0] ?? '') ?? [];
    return field.toLowerCase() === 'epoch' || saysZone(value) || isOfDays(value);
  }
  const [first = '', second = '', third] = list;
  if (name === 'to_char') return saysZone(first) || isOfDays(first);
  if (name === 'date_part') return /^'epoch'$/i.test(first) || saysZone(second) || isOfDays(second);
  // Of a date it makes a moment of the session's zone, so a name alone does not do.
  return third !== undefined || /^'(?:milli|micro)?seconds?'$/i.test(first) || saysZone(second);
}

/** A moment written without its zone. */
function literals(sql: string): Finding[] {
  return [...sql.matchAll(/\btimestamptz\s+'([^']*)'|'([^']*)'::timestamptz\b/gi)]
    .filter(
      ({ 1: before, 2: after }) => !/(?:Z|:\d\d[+-]\d\d(?::?\d\d)?|infinity)$/.test(before ?? after ?? ''),
    )
    .map(({ 0: found, index }) => ({ at: index, found, remedy: 'end it in Z' }));
}

const saysZone = (expression: string) => /\bat time zone\b|::timestamp$/i.test(expression);

// $1, ${...} of TypeScript, $__timeFrom() of Grafana: their values say what they are.
const parameters = /\$\{(?:[^{}]|\{[^{}]*\})*\}|\$\w+/g;
const neutral = /^(?:date|timestamp|interval|text|min|max|coalesce|least|greatest|unnest|null)$/i;
const ofDays = /^(?:\w+\.)?(?:\w+_)?(?:day|month|date)s?$/i;

/** Whether no name in it can be a moment: only literals, parameters, and dates by our naming. */
function isOfDays(expression: string): boolean {
  const bare = expression.replace(/'[^']*'/g, ' ').replace(parameters, ' ');
  const names = bare.match(/[a-z_][\w.]*/gi) ?? [];
  return names.every((name) => neutral.test(name) || ofDays.test(name));
}
