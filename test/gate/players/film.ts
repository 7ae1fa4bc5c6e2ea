// A short film in fragments, as HLS and DASH have them. Chromium records it, from a canvas: ffmpeg is 80 packages, of 55 MB.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { until } from '../../../app/process/until.ts';

export type Film = {
  init: Buffer;
  /** Each begins with a key frame; `start` and `duration` in ticks, `timescale` of them a second. */
  fragments: { bytes: Buffer; start: number; duration: number }[];
  timescale: number;
  /** As a playlist names it (RFC 6381). */
  codec: string;
};

/** Records fifteen frames in three fragments, H.264 in MP4; anew where a busy machine let frames go and there are fewer. */
export function record(page: Page): Promise<Film> {
  return until(() => recordOnce(page), 'Chromium to record a film of fragments');
}

async function recordOnce(page: Page): Promise<Film> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 160;
    canvas.height = 120;
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
    const stream = canvas.captureStream(0);
    const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
    const recorder = new MediaRecorder(stream, {
      mimeType: 'video/mp4;codecs=avc1.42E01E',
      videoBitsPerSecond: 50_000,
      ...{ videoKeyFrameIntervalCount: 5 },
    });
    const chunks: Blob[] = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let frame = 0; frame < 15; frame++) {
      pen.fillStyle = `hsl(${frame * 24} 80% 50%)`;
      pen.fillRect(0, 0, 160, 120);
      track.requestFrame();
      // The recorder goes by the clock: this is the film's frame rate.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  });
  return takeApart(Buffer.from(base64, 'base64'));
}

/** ftyp and moov are the beginning; each moof with its mdat is a fragment. */
function takeApart(file: Buffer): Film {
  const boxes: { kind: string; bytes: Buffer }[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) {
    boxes.push({
      kind: file.toString('latin1', at + 4, at + 8),
      bytes: file.subarray(at, at + file.readUInt32BE(at)),
    });
  }
  const of = (kind: string) => boxes.filter((box) => box.kind === kind).map(({ bytes }) => bytes);
  const init = Buffer.concat([...of('ftyp'), ...of('moov')]);
  const bodies = of('mdat');
  const starts = of('moof').map((moof) => Number(moof.readBigUInt64BE(moof.indexOf('tfdt') + 8)));
  const durations = starts.slice(1).map((start, i) => start - (starts[i] ?? 0));
  const fragments = of('moof').map((moof, i) => ({
    bytes: Buffer.concat([moof, bodies[i] as Buffer]),
    start: starts[i] ?? 0,
    // The last is taken for as long as the one before.
    duration: durations[i] ?? durations.at(-1) ?? 0,
  }));
  const avcC = init.indexOf('avcC');
  const mdhd = init.indexOf('mdhd');
  const timescale = init.readUInt32BE(mdhd + (init[mdhd + 4] === 1 ? 24 : 16));
  if (fragments.length < 2 || !(timescale > 0)) throw new Error('Chromium recorded no film of fragments');
  return { init, fragments, timescale, codec: `avc1.${init.toString('hex', avcC + 5, avcC + 8)}` };
}

/** A film and its playlists by ffmpeg, where it is installed: four seconds with sound, in MPEG-TS. */
export async function makeWithFfmpeg(folder: string): Promise<void> {
  await mkdir(path.join(folder, '720p'), { recursive: true });
  const sources = '-f lavfi -i testsrc=size=160x120:rate=10 -f lavfi -i sine -t 4'.split(' ');
  const coding = '-c:v libx264 -pix_fmt yuv420p -g 20 -c:a aac'.split(' ');
  const hls = '-f hls -hls_time 2 -hls_playlist_type vod -master_pl_name master.m3u8'.split(' ');
  const names = ['-var_stream_map', 'v:0,a:0,name:720p', '-hls_segment_filename', '%v/segment %d.ts'];
  await promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', ...sources, ...coding, ...hls, ...names, '%v/index.m3u8'],
    {
      cwd: folder,
    },
  );
}
