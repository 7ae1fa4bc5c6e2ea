// The words of an NGINX configuration file, as NGINX itself reads them (ngx_conf_read_token).

/** A word, or one of the marks `;`, `{` and `}`. A quoted `;` is a word. */
export type Word = { text: string; mark: boolean; line: number };

// White space, comments, quoted words, marks, plain words. A plain word ends at white space, `;` or `{`. A quote, `#` or `}`
// inside it belongs to it, and so does the brace of a variable (${name}). The last part is for a file that is cut off.
const token = /\s+|#[^\n]*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([;{}])|((?:\$\{|\\.|[^\s;{\\])+)|./gsy;

export function* words(text: string): Generator<Word> {
  let line = 1;
  let statement = '';
  token.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at;
    const [all = '', double, single, mark, plain] = token.exec(text) ?? [];
    if (all === '') return;
    const word = double ?? single ?? plain;
    if (mark !== undefined) {
      yield { text: mark, mark: true, line };
      if (mark === '{' && statement.endsWith('_by_lua_block')) {
        // A block of Lua has quotes, comments and braces of its own.
        const end = endOfLua(text, at + 1);
        line += linesIn(text.slice(at, end));
        at = end;
        statement = '';
        continue;
      }
      statement = '';
    } else if (word !== undefined) {
      if (statement === '') statement = word;
      yield { text: unescaped(word), mark: false, line };
    }
    line += linesIn(all);
    at += all.length;
  }
}

const linesIn = (text: string) => text.split('\n').length - 1;

const escapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

/** Takes backslashes away where NGINX does. Elsewhere a backslash stays: it belongs to a regular expression. */
function unescaped(word: string): string {
  return word.replace(/\\(["'\\trn])/g, (_, character: string) => escapes[character] ?? character);
}

/** The place of the brace that closes a block of Lua which begins at `from`. */
function endOfLua(text: string, from: number): number {
  const lua = /--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]/gs;
  lua.lastIndex = from;
  let depth = 1;
  for (let found = lua.exec(text); found; found = lua.exec(text)) {
    if (found[0] === '{') depth += 1;
    else if (found[0] === '}') depth -= 1;
    if (depth === 0) return found.index;
  }
  return text.length;
}
