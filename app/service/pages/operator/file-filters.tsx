// What the lists of files, folders and releases have in common: how they are chosen, and the links between them.

import { Choices, DayFields, type Place, type Query, type View } from './view.tsx';

export type FilesParams = {
  first?: string | undefined;
  last?: string | undefined;
  prefix?: string | undefined;
  class: string;
};

export function periodOf({ first, last }: Pick<FilesParams, 'first' | 'last'>): string {
  return first === undefined && last === undefined
    ? 'since counting began'
    : `from ${first ?? 'the beginning of 30 days'} to ${last ?? 'today'}`;
}

/** How files are summed up: each alone, by folder, or by one of the patterns. */
export function Groupings({ view, chosen }: { view: View; chosen: string }) {
  return (
    <Choices
      label="Summed up"
      choices={[
        { title: 'Each file', to: view.href('files'), chosen: chosen === 'files' },
        { title: 'Folders', to: view.href('folders'), chosen: chosen === 'folders' },
        ...view.releases.map(({ name }) => ({
          title: name,
          to: view.href('releases', { name }),
          chosen: chosen === name,
        })),
      ]}
    />
  );
}

type FiltersProps = { view: View; params: FilesParams; place: Place; more?: Query };

/** A form: which days, which paths, who. `more` is what else the page was asked for. */
export function FileFilters({ view, params, place, more = {} }: FiltersProps) {
  if (!view.may.choose) return null;
  const classes = [
    ['counted', 'People and tools'],
    ['person', 'People'],
    ['tool', 'Tools'],
    ['bot', 'Bots'],
    ['all', 'All with bots'],
  ] as const;
  return (
    <form class="filters" method="get" action={view.href(place)}>
      <DayFields first={params.first} last={params.last} />
      <div>
        <label for="prefix">Path begins with</label>
        <input type="text" id="prefix" name="prefix" value={params.prefix} placeholder="/downloads/" />
      </div>
      <div>
        <label for="class">Who</label>
        <select id="class" name="class">
          {classes.map(([value, title]) => (
            <option value={value} selected={value === params.class}>
              {title}
            </option>
          ))}
        </select>
      </div>
      {Object.entries(more).map(([name, value]) => (
        <input type="hidden" name={name} value={String(value)} />
      ))}
      <input type="hidden" name="zone" value={view.zone} />
      <button type="submit">Show</button>
    </form>
  );
}
