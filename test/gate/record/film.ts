// A film for NGINX's mp4 module: as many boxes as it looks into, and frames of zeros.

const number = (value: number, bytes = 4) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, bytes - 4, 4);
  return buffer;
};
const box = (name: string, ...parts: Buffer[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([number(8 + content.length), Buffer.from(name), content]);
};
/** A box with version and flags in front. */
const full = (name: string, ...parts: Buffer[]) => box(name, number(0), ...parts);

/** So many seconds, each one frame of so many bytes. */
export function film(seconds: number, frame: number): Buffer {
  const start = box('ftyp', Buffer.from('isom'), number(512), Buffer.from('isommp41'));
  const moov = (firstFrame: number) => {
    const tables = box(
      'stbl',
      full('stsd', number(1), box('mp4v', Buffer.alloc(78))),
      full('stts', number(1), number(seconds), number(1000)),
      full('stsc', number(1), number(1), number(1), number(1)),
      full('stsz', number(frame), number(seconds)),
      full(
        'stco',
        number(seconds),
        ...Array.from({ length: seconds }, (_, i) => number(firstFrame + i * frame)),
      ),
    );
    const dataInformation = box('dinf', full('dref', number(1), full('url ')));
    const media = box(
      'mdia',
      full('mdhd', number(0, 8), number(1000), number(seconds * 1000), number(0)),
      full('hdlr', number(0), Buffer.from('vide'), Buffer.alloc(13)),
      box('minf', full('vmhd', number(0, 8)), dataInformation, tables),
    );
    const track = box(
      'trak',
      full('tkhd', number(0, 8), number(1), number(0), number(seconds * 1000), Buffer.alloc(60)),
      media,
    );
    return box(
      'moov',
      full('mvhd', number(0, 8), number(1000), number(seconds * 1000), Buffer.alloc(80)),
      track,
    );
  };
  const head = start.length + moov(0).length;
  return Buffer.concat([start, moov(head + 8), box('mdat', Buffer.alloc(seconds * frame))]);
}
