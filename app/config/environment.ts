// Settings may also come from the environment: TALLYGATE_SERVICE_PORT is `port` in `[service]`.

import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One setting: where it stands in the file, its environment variable, and how its text is read. */
export type Setting = {
  path: readonly string[];
  variable: string;
  kind: 'text' | 'number' | 'list' | 'boolean';
};

/** Every setting of the schema, in its order. */
export function settings(schema: z.ZodType = configSchema, path: readonly string[] = []): Setting[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, value]) =>
      settings(value as z.ZodType, [...path, key]),
    );
  }
  return [{ path, variable: `TALLYGATE_${path.join('_').toUpperCase()}`, kind: kindOf(inner) }];
}

function kindOf(schema: z.ZodType): Setting['kind'] {
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodNumber) return 'number';
  return schema instanceof z.ZodBoolean ? 'boolean' : 'text';
}

/** The names of the settings at a place: in a section, or in an entry of a list of tables. */
export function settingsAt(path: readonly string[]): string[] {
  let inner = unwrap(configSchema);
  for (const part of path) {
    if (inner instanceof z.ZodObject) inner = unwrap(inner.shape[part] as z.ZodType);
    else if (inner instanceof z.ZodArray) inner = unwrap(inner.element as z.ZodType);
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The value of a variable's text. What should be a number or yes or no, and is not, stays text: the schema then refuses it. */
export function readVariable(text: string, kind: Setting['kind']): unknown {
  if (kind === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  if (kind === 'number') return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (kind === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in as z.ZodType) : schema;
}
