// The small faults that are put into a source, one at a time.

import { parseAst } from 'vitest/node';

export type Mutant = {
  file: string;
  start: number;
  end: number;
  replacement: string;
  /** `before -> after` on one line, and the line of the source; together they name it in survivors.ts. */
  change: string;
  source: string;
  line: number;
};

type Add = (start: number, end: number, replacement: string) => void;

type Node = { type: string; start: number; end: number; [key: string]: unknown };

const operators: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&': ['|'],
  '|': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '|=': ['&='],
};

/** All mutants of a source, in its order. Types, imports and what stands in brackets of types are left alone. */
export function mutantsOf(file: string, code: string): Mutant[] {
  const found: Mutant[] = [];
  const add = (start: number, end: number, replacement: string) => {
    const line = code.slice(0, start).split('\n').length;
    const source = (code.split('\n')[line - 1] ?? '').trim();
    const before = code.slice(start, end).replace(/\s+/g, ' ');
    const short = before.length > 60 ? `${before.slice(0, 57)}...` : before;
    found.push({ file, start, end, replacement, change: `${short} -> ${replacement}`, source, line });
  };
  walk(parseAst(code, { lang: 'ts' }, file) as unknown as Node, (node) => mutate(node, code, add));
  return found.sort((a, b) => a.start - b.start);
}

function mutate(node: Node, code: string, add: Add): void {
  const test = (at: unknown, values: readonly string[]) => {
    const { start, end } = at as Node;
    for (const value of values) if (code.slice(start, end) !== value) add(start, end, value);
  };
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      operator(node, code, add);
      break;
    case 'IfStatement':
    case 'ConditionalExpression':
      test(node.test, ['true', 'false']);
      break;
    case 'ForStatement':
    case 'WhileStatement':
      if (node.test) test(node.test, ['false']);
      break;
    case 'UnaryExpression':
      if (node.operator === '!' || node.operator === '-') add(node.start, node.start + 1, '');
      break;
    case 'Literal':
      literal(node, code, add);
      break;
    case 'TemplateLiteral':
      add(node.start, node.end, '``');
      break;
    case 'ArrayExpression':
      if ((node.elements as unknown[]).length > 0) add(node.start, node.end, '[]');
      break;
    case 'ReturnStatement':
      if (!node.argument) add(node.start, node.end, ';');
      break;
    case 'ExpressionStatement':
      add(node.start, node.end, ';');
  }
}

function operator(node: Node, code: string, add: Add): void {
  const sign = node.operator as string;
  const at = code.indexOf(sign, (node.left as Node).end);
  if (at === -1 || at >= (node.right as Node).start) return;
  for (const other of operators[sign] ?? []) add(at, at + sign.length, other);
}

function literal(node: Node, code: string, add: Add): void {
  if (typeof node.value === 'boolean') add(node.start, node.end, String(!node.value));
  else if (typeof node.value === 'number') add(node.start, node.end, String(node.value + 1));
  else if (typeof node.value === 'string')
    add(node.start, node.end, code.slice(node.start, node.end) === "''" ? "'mutant'" : "''");
}

function walk(node: Node, enter: (node: Node) => void): void {
  if (/^(TS|Import|ExportAll)/.test(node.type) && !/^TS(As|NonNull|Satisfies)/.test(node.type)) return;
  // A default that only the type checker asks for.
  if (node.type === 'AssignmentPattern') return;
  enter(node);
  for (const [key, value] of Object.entries(node)) {
    if (
      key === 'typeAnnotation' ||
      key === 'returnType' ||
      key === 'typeParameters' ||
      key === 'typeArguments'
    )
      continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (child && typeof (child as Node).type === 'string') walk(child as Node, enter);
  }
}
