// The picture of a batch.

import type { Artwork } from './batches.ts';

const maxBytes = 512 * 1024;
/** A PNG of a few KB may be of a billion pixels, and a PDF needs each of them. */
const maxPixels = 2048;

export const artworkLimits = `512 KiB and ${maxPixels} pixels a side`;

/** A JPEG or PNG picture, known by its first bytes. */
export function artworkFrom(bytes: Uint8Array): Artwork | undefined {
  if (bytes.length > maxBytes) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return { type: 'image/jpeg', bytes };
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (bytes.length < 24 || !png.every((byte, i) => bytes[i] === byte)) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  return Math.max(width, height) <= maxPixels ? { type: 'image/png', bytes } : undefined;
}
