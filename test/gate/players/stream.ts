// A film as HLS and DASH serve it: playlists and manifests whose addresses are relative, as those of all packagers are.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Film } from './film.ts';

/**
 * Writes `film` into `folder`: master.m3u8 and manifest.mpd with segments in 720p/ that have a space in their names,
 * bytes.m3u8 and bytes.mpd for one file in byte ranges.
 */
export async function lay(folder: string, film: Film): Promise<void> {
  const index = indexOf(film);
  const { init, fragments } = film;
  const files: Record<string, string | Buffer> = {
    'master.m3u8': master(film, '720p/index.m3u8'),
    '720p/index.m3u8': playlist(film, '../init.mp4"', (i) => `\nsegment%20${i + 1}.m4s`),
    'bytes.m3u8': master(film, '720p/bytes.m3u8'),
    '720p/bytes.m3u8': playlist(film, `../film.mp4",BYTERANGE="${init.length}@0"`, (i) => {
      const at = fragments
        .slice(0, i)
        .reduce((sum, { bytes }) => sum + bytes.length, init.length + index.length);
      return `\n#EXT-X-BYTERANGE:${fragments[i]?.bytes.length}@${at}\n../film.mp4`;
    }),
    'manifest.mpd': manifest(film, template(film)),
    'bytes.mpd': manifest(
      film,
      `<BaseURL>film.mp4</BaseURL><SegmentBase indexRange="${init.length}-${init.length + index.length - 1}">
        <Initialization range="0-${init.length - 1}"/></SegmentBase>`,
    ),
    'init.mp4': init,
    'film.mp4': Buffer.concat([init, index, ...fragments.map(({ bytes }) => bytes)]),
  };
  for (const [i, { bytes }] of fragments.entries()) files[`720p/segment ${i + 1}.m4s`] = bytes;
  await mkdir(path.join(folder, '720p'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
}

function master({ codec }: Film, address: string): string {
  return `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=60000,RESOLUTION=160x120,CODECS="${codec}"\n${address}\n`;
}

function playlist(film: Film, map: string, segment: (i: number) => string): string {
  const seconds = film.fragments.map(({ duration }) => duration / film.timescale);
  const lines = seconds.map((one, i) => `#EXTINF:${one.toFixed(6)},${segment(i)}\n`);
  return `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:${Math.ceil(Math.max(...seconds))}
#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI="${map}\n${lines.join('')}#EXT-X-ENDLIST\n`;
}

function template({ fragments, timescale }: Film): string {
  const times = fragments.map(({ start, duration }) => `<S t="${start}" d="${duration}"/>`);
  return `<SegmentTemplate timescale="${timescale}" startNumber="1" initialization="init.mp4"
    media="720p/segment%20$Number$.m4s"><SegmentTimeline>${times.join('')}</SegmentTimeline></SegmentTemplate>`;
}

function manifest({ fragments, timescale, codec }: Film, segments: string): string {
  const seconds = fragments.reduce((sum, { duration }) => sum + duration, 0) / timescale;
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011"
  minBufferTime="PT1S" mediaPresentationDuration="PT${seconds.toFixed(6)}S">
  <Period><AdaptationSet mimeType="video/mp4" contentType="video" segmentAlignment="true" startWithSAP="1">
    <Representation id="v" bandwidth="60000" width="160" height="120" codecs="${codec}">${segments}</Representation>
  </AdaptationSet></Period>
</MPD>
`;
}

/** The sidx box (ISO/IEC 14496-12), by which DASH finds the parts of one file. */
function indexOf({ fragments, timescale }: Film): Buffer {
  const box = Buffer.alloc(32 + 12 * fragments.length);
  box.writeUInt32BE(box.length, 0);
  box.write('sidx', 4);
  box.writeUInt32BE(1, 12); // the track
  box.writeUInt32BE(timescale, 16);
  box.writeUInt32BE(fragments[0]?.start ?? 0, 20);
  box.writeUInt16BE(fragments.length, 30);
  for (const [i, { bytes, duration }] of fragments.entries()) {
    box.writeUInt32BE(bytes.length, 32 + 12 * i);
    box.writeUInt32BE(duration, 36 + 12 * i);
    box.writeUInt32BE(0x90000000, 40 + 12 * i); // begins with a key frame
  }
  return box;
}
