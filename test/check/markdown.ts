// What is in the project's Markdown files: links, anchors, and the blocks and words of code.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { projectRoot } from '../harness/folders.ts';
import { projectFiles } from './files.ts';

/** Code of a Markdown file. `language` is `inline` for code within a sentence, '' for a block that names none. */
export type Code = { file: string; line: number; language: string; text: string };

export const markdownFiles: readonly string[] = projectFiles('*.md');

export const readProjectFile = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');

/** Every token of a file, those within others too, with the line that its outermost block begins on. */
function tokensOf(file: string): { token: Token; line: number }[] {
  const found: { token: Token; line: number }[] = [];
  let line = 1;
  for (const block of lexer(readProjectFile(file))) {
    walkTokens([block], (token) => void found.push({ token, line }));
    line += block.raw.split('\n').length - 1;
  }
  return found;
}

/** Targets of links and images, as they are written. */
export function linksOf(file: string): { line: number; target: string }[] {
  return tokensOf(file)
    .filter(({ token }) => token.type === 'link' || token.type === 'image')
    .map(({ token, line }) => ({ line, target: (token as Tokens.Link).href }));
}

/** The names that `#...` may have in an address of this file: what GitHub makes of its headings. */
export function anchorsOf(file: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = tokensOf(file).filter(({ token }) => token.type === 'heading');
  return new Set(headings.map(({ token }) => slugger.slug((token as Tokens.Heading).text)));
}

export function codeOf(file: string): Code[] {
  return tokensOf(file).flatMap(({ token, line }) => {
    if (token.type === 'codespan') return [{ file, line, language: 'inline', text: token.text }];
    if (token.type === 'code') return [{ file, line, language: token.lang ?? '', text: token.text }];
    return [];
  });
}
