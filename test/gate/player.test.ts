// A real player, ffmpeg, on a playlist of two levels: one folder link, from the master playlist to the last segment.

import { execFile, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inPath, link, startSite } from './site.ts';

const run = promisify(execFile);
const missing = spawnSync('ffmpeg', ['-version']).error !== undefined;

/** Two renditions of a six-second test picture with a tone, in segments of two seconds. */
async function makeCourse(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const sources = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-f', 'lavfi', '-i', 'sine'];
  const streams = ['-map', '0:v', '-map', '1:a', '-map', '0:v', '-map', '1:a'];
  const coding = [
    '-t',
    '6',
    '-c:v',
    'mpeg2video',
    '-g',
    '20',
    '-c:a',
    'mp2',
    '-b:v:0',
    '90k',
    '-b:v:1',
    '200k',
  ];
  const hls = ['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-master_pl_name', 'master.m3u8'];
  const names = [
    '-var_stream_map',
    'v:0,a:0 v:1,a:1',
    '-hls_segment_filename',
    'v%v/seg %d.ts',
    'v%v/index.m3u8',
  ];
  await run('ffmpeg', ['-v', 'error', ...sources, ...streams, ...coding, ...hls, ...names], { cwd: folder });
}

test.skipIf(missing)(
  'ffmpeg (skipped where it is not installed) plays all of it, by cookie and by path',
  async () => {
    const nginx = await startSite({
      server: 'location /hls/ { include tallygate/protect.conf; } include tallygate/segments.conf;',
    });
    await makeCourse(path.join(nginx.dir, 'www/hls/course'));
    const folder = link('/hls/course/master.m3u8', { prefix: 2, token: 'tok' });
    let before = 0;
    for (const target of [folder, inPath(folder)]) {
      // To nowhere, every stream: what comes out is how much was decoded.
      const play = ['-v', 'error', '-i', nginx.url + target, '-map', '0', '-f', 'framecrc', '-'];
      const { stdout } = await run('ffmpeg', play, { maxBuffer: 2 ** 26 });
      const frames = stdout.split('\n').filter((line) => /^[0-3], /.test(line));
      expect(new Set(frames.map((line) => line[0]))).toEqual(new Set(['0', '1', '2', '3']));
      expect(frames.filter((line) => line.startsWith('0,'))).toHaveLength(60);

      const records = (await nginx.records()).slice(before);
      before += records.length;
      const paths = records.map((record) => String(record.path).replace('/hls/course/', ''));
      const rendition = (name: string) =>
        ['index.m3u8', 'seg 0.ts', 'seg 1.ts', 'seg 2.ts'].map((file) => `${name}/${file}`);
      expect(new Set(paths)).toEqual(new Set(['master.m3u8', ...rendition('v0'), ...rendition('v1')]));
      expect(new Set(records.map(({ token, key }) => `${token} ${key}`))).toEqual(new Set(['tok a1']));
    }
    await nginx.stop();
  },
);
