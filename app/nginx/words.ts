// The words of an NGINX configuration file, as NGINX itself reads them (ngx_conf_read_token).

/** A word, or one of the marks `;`, `{` and `}`. A quoted `;` is a word. */
export type Word = { text: string; mark: boolean; line: number };

// White space, comments, quoted words, marks, plain words. A plain word ends at white space, `;` or `{`: a quote, `#` or
// `}` inside it is part of it, and so is the brace of a variable (${name}). The last is for a file that breaks off.
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
        // Lua's quotes, comments and braces are its own.
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

/** Before any other character a backslash stays: it belongs to a regular expression. */
function unescaped(word: string): string {
  return word.replace(/\\(["'\\trn])/g, (_, character: string) => escapes[character] ?? character);
}

/** Where the brace stands that closes a block of Lua beginning at `from`. */
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
