// Downloads over time as stacked bars, drawn on the server. d3 computes, the stylesheet colours. Every chart has a table
// of the same numbers below it.

import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { formatCount } from '../../../reports/format.ts';
import type { ReportRow } from '../../../reports/read.ts';

const series = [
  { name: 'people', title: 'People', class: 'person' },
  { name: 'tools', title: 'Tools', class: 'tool' },
] as const;

type Bar = { label: string; people: number; tools: number };
type Shape = { width: number; height: number; labels: number; class: string };

const shapes: readonly Shape[] = [
  { width: 960, height: 260, labels: 10, class: 'wide-chart' },
  { width: 360, height: 220, labels: 4, class: 'phone-chart' },
];
const margin = { top: 8, right: 4, bottom: 24, left: 44 };
/** With at most so many bars, each shows its number when it is pointed at. */
const pointable = 62;

/** A chart of a `totals` or `history` report, with its table. `title` says what it counts. */
export function TimeChart({ rows, title }: { rows: readonly ReportRow[]; title: string }) {
  const bars = rows.map(
    ({ label, people, tools }): Bar => ({
      label: String(label),
      people: Number(people),
      tools: Number(tools),
    }),
  );
  return (
    <figure class="chart">
      {shapes.map((shape) => (
        <BarChart bars={bars} shape={shape} title={title} />
      ))}
      <figcaption>
        <ul class="legend">
          {series.map((one) => (
            <li>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class={one.class} width="10" height="10" rx="2" />
              </svg>
              {one.title}
            </li>
          ))}
        </ul>
        <details>
          <summary>{title}: the numbers</summary>
          <Numbers bars={bars} title={title} />
        </details>
      </figcaption>
    </figure>
  );
}

function BarChart({ bars, shape, title }: { bars: readonly Bar[]; shape: Shape; title: string }) {
  const { width, height } = shape;
  const x = scaleBand<number>()
    .domain(bars.map((_, index) => index))
    .range([margin.left, width - margin.right])
    .paddingInner(bars.length > 100 ? 0 : 0.2);
  const highest = max(bars, (bar) => bar.people + bar.tools) ?? 0;
  const y = scaleLinear()
    .domain([0, Math.max(highest, 4)])
    .nice(4)
    .range([height - margin.bottom, margin.top]);
  const layers = stack<Bar, 'people' | 'tools'>().keys(['people', 'tools'])(bars as Bar[]);
  const labelled = labelledOf(bars, shape.labels);
  return (
    <svg class={shape.class} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}, as bars`}>
      <g class="grid axis">
        {y.ticks(4).map((tick) => (
          <>
            <line x1={margin.left} x2={width - margin.right} y1={round(y(tick))} y2={round(y(tick))} />
            <text x={margin.left - 8} y={round(y(tick)) + 4} text-anchor="end">
              {compact(tick)}
            </text>
          </>
        ))}
      </g>
      {layers.map((layer) => (
        <path
          class={classOf(layer.key)}
          d={layer.map((part, index) => bar(x(index) ?? 0, y(part[1]), y(part[0]), x.bandwidth())).join('')}
        />
      ))}
      <g class="axis">
        {bars.map(({ label }, index) =>
          labelled.has(index) ? (
            <text
              x={round((x(index) ?? 0) + x.bandwidth() / 2)}
              y={height - 6}
              text-anchor={anchorOf(index / bars.length)}
            >
              {shortLabel(label)}
            </text>
          ) : null,
        )}
      </g>
      {bars.length <= pointable && shape.class === 'wide-chart' && (
        <g class="hover">
          {bars.map(({ label, people, tools }, index) => (
            <rect
              x={round(x(index) ?? 0)}
              y={margin.top}
              width={round(x.bandwidth())}
              height={height - margin.top - margin.bottom}
            >
              <title>{`${label}: ${formatCount(people)} by people, ${formatCount(tools)} by tools`}</title>
            </rect>
          ))}
        </g>
      )}
    </svg>
  );
}

/** Which bars have a label below: evenly spaced, and no more than fit; of hours, those at midnight. */
function labelledOf(bars: readonly Bar[], most: number): ReadonlySet<number> {
  const indexes = [...bars.keys()];
  const midnights = indexes.filter((index) => bars[index]?.label.endsWith(' 00:00'));
  const candidates = midnights.length > 1 ? midnights : indexes;
  const every = Math.ceil(candidates.length / most);
  return new Set(candidates.filter((_, index) => index % every === 0));
}

/** Keeps each label inside the picture. */
function anchorOf(place: number): 'start' | 'middle' | 'end' {
  if (place < 0.04) return 'start';
  return place > 0.93 ? 'end' : 'middle';
}

function Numbers({ bars, title }: { bars: readonly Bar[]; title: string }) {
  return (
    <section class="scroll" aria-label={title} tabindex={0}>
      <table>
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Period</th>
            {series.map((one) => (
              <th scope="col" class="n">
                {one.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map(({ label, people, tools }) => (
            <tr>
              <th scope="row">{label}</th>
              <td class="n">{formatCount(people)}</td>
              <td class="n">{formatCount(tools)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const round = (value: number) => Math.round(value * 10) / 10;

function classOf(key: string): string {
  return series.find((one) => one.name === key)?.class ?? '';
}

/** One bar as a piece of a path. One path for each layer is a tenth of the size of as many rectangles. */
function bar(left: number, top: number, bottom: number, width: number): string {
  return bottom - top < 0.05
    ? ''
    : `M${round(left)} ${round(bottom)}V${round(top)}h${round(width)}V${round(bottom)}z`;
}

const compactNumbers = new Intl.NumberFormat('en', { notation: 'compact' });
const compact = (value: number) => compactNumbers.format(value);

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 21 Nov for a day, Nov 2026 for a month, 14:00 for an hour. */
function shortLabel(label: string): string {
  const [date = '', time] = label.split(' ');
  const [year, month, day] = date.split('-');
  if (time !== undefined) return time === '00:00' ? `${Number(day)} ${months[Number(month) - 1]}` : time;
  if (day !== undefined) return `${Number(day)} ${months[Number(month) - 1]}`;
  return month === undefined ? String(year) : `${months[Number(month) - 1]} ${year}`;
}
