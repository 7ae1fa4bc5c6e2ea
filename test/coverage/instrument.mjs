// njs tells nothing of coverage. For `make coverage` its sources are built with a counter in front of each statement, at
// the start of each function and in each branch, which adds its number to a file: njs keeps nothing between two requests.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAst } from 'vitest/node';

/** What is counted in the sources that were loaded so far, in istanbul's shapes, and what each number stands for. */
const files = {};
const points = [];

/** esbuild's plugin that puts the counters in. */
export const counters = {
  name: 'counters',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]njs[\\/].*\.ts$/ }, async ({ path: file }) => ({
      contents: instrument(file, await readFile(file, 'utf8')),
      loader: 'ts',
    }));
  },
};

/** The module's text that the counters call, for in front of the bundle; `folder` is where they write. */
export function counterFunction(folder, bundle) {
  const fs = bundle.includes('import fs from "fs"') ? '' : 'import fs from "fs";\n';
  const file = JSON.stringify(path.join(folder, 'njs-reached'));
  return `${fs}function __at(n) { fs.appendFileSync(${file}, n + ' '); }\n`;
}

/** Writes what the numbers stand for, and a file that every NGINX may append to. */
export async function writePoints(folder) {
  await writeFile(path.join(folder, 'njs-points.json'), JSON.stringify({ files, points }));
  const reached = path.join(folder, 'njs-reached');
  await writeFile(reached, '');
  await chmod(reached, 0o666);
}

function instrument(file, code) {
  // A source is in both bundles where both use it: its counters are the same.
  const known = files[file];
  const data = { path: file, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} };
  const opens = [];
  const closes = [];
  const locate = locator(code);
  const open = (at, text) => {
    opens[at] = (opens[at] ?? '') + text;
  };
  const close = (at, text) => {
    closes[at] = text + (closes[at] ?? '');
  };
  const base = known ? known.base : points.length;
  let next = base;
  const point = (kind, id, arm) => {
    if (!known) points.push({ file, kind, id, arm });
    return `__at(${next++})`;
  };
  const loc = (node) => ({ start: locate(node.start), end: locate(node.end) });

  const statement = (node, isAlone) => {
    if (!node || uncounted.has(node.type) || node.declare) return;
    if (/^Export/.test(node.type) && node.declaration?.type !== 'VariableDeclaration') return;
    const id = Object.keys(data.s).length;
    data.statementMap[id] = loc(node);
    data.s[id] = 0;
    const call = `${point('s', id)};`;
    open(node.start, isAlone ? `{${call}` : call);
    if (isAlone) close(node.end, '}');
  };
  const all = (nodes) => {
    for (const node of nodes) statement(node);
  };
  const expression = (node, call) => {
    open(node.start, `(${call},`);
    close(node.end, ')');
  };
  const branch = (type, node, arms) => {
    const id = Object.keys(data.b).length;
    data.branchMap[id] = {
      type,
      line: locate(node.start).line,
      loc: loc(node),
      locations: arms.map((arm) => loc(arm ?? node)),
    };
    data.b[id] = arms.map(() => 0);
    return arms.map((_, arm) => point('b', id, arm));
  };
  const visit = {
    Program: ({ body }) => all(body),
    BlockStatement: ({ body }) => all(body),
    SwitchCase: ({ consequent }) => all(consequent),
    ForStatement: ({ body }) => statement(body, true),
    ForInStatement: ({ body }) => statement(body, true),
    WhileStatement: ({ body }) => statement(body, true),
    IfStatement(node) {
      const [yes, no] = branch('if', node, [node.consequent, node.alternate]);
      if (!node.alternate) close(node.end, ` else {${no}}`);
      for (const [arm, call] of [
        [node.consequent, yes],
        [node.alternate, no],
      ]) {
        if (!arm) continue;
        open(arm.start, `{${call};`);
        close(arm.end, '}');
      }
      statement(node.consequent, true);
      statement(node.alternate, true);
    },
    ConditionalExpression(node) {
      const arms = [node.consequent, node.alternate];
      const calls = branch('cond-expr', node, arms);
      for (const [index, call] of calls.entries()) expression(arms[index], call);
    },
    LogicalExpression(node, parent) {
      if (parent.type === 'LogicalExpression') return;
      const arms = operands(node);
      const calls = branch('binary-expr', node, arms);
      for (const [index, call] of calls.entries()) expression(arms[index], call);
    },
  };
  for (const type of ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
    visit[type] = (node) => {
      if (!node.body) return;
      const id = Object.keys(data.f).length;
      const name = node.id?.name ?? `(anonymous_${id})`;
      data.fnMap[id] = {
        name,
        decl: loc(node.id ?? node),
        loc: loc(node.body),
        line: locate(node.start).line,
      };
      data.f[id] = 0;
      const call = point('f', id);
      if (node.body.type === 'BlockStatement') return open(node.body.start + 1, `${call};`);
      const body = Object.keys(data.s).length;
      data.statementMap[body] = loc(node.body);
      data.s[body] = 0;
      expression(node.body, `${call},${point('s', body)}`);
    };
  walk(parseAst(code, { lang: 'ts' }, file), (node, parent) => visit[node.type]?.(node, parent));
  files[file] = known ?? { base, data };
  let text = '';
  for (let at = 0; at <= code.length; at++) text += (closes[at] ?? '') + (opens[at] ?? '') + (code[at] ?? '');
  return text;
}

/** Statements that do nothing when they are reached, or whose parts are counted instead. */
const uncounted = new Set([
  'BlockStatement',
  'EmptyStatement',
  'FunctionDeclaration',
  'ImportDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSModuleDeclaration',
]);

function operands(node) {
  return node.type === 'LogicalExpression' ? [...operands(node.left), ...operands(node.right)] : [node];
}

function walk(node, enter, parent = {}) {
  enter(node, parent);
  for (const [key, value] of Object.entries(node)) {
    if (key === 'typeAnnotation' || key === 'returnType' || key === 'typeParameters') continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (child && typeof child.type === 'string') walk(child, enter, node);
  }
}

/** Tells line (from 1) and column (from 0) of an offset. */
function locator(code) {
  const starts = [0];
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let line = starts.length;
    while ((starts[line - 1] ?? 0) > offset) line--;
    return { line, column: offset - (starts[line - 1] ?? 0) };
  };
}
