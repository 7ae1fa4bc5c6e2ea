// The live view: adds each download that the service tells of to the table, newest first. Everything is set as
// text, never as HTML.

const table = document.getElementById('live');
const state = document.getElementById('state');
const body = table.tBodies[0];
const most = 50;
const heads = [...table.tHead.rows[0].cells].map(({ textContent }) => textContent);
const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: table.dataset.zone, timeStyle: 'medium' });

function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 99.5 ? 0 : 1)} ${units[unit]}`;
}

// As the service's own `shorten`: a mark that turns the direction of writing must not hide in a name.
function shorten(text, length) {
  const shown = text
    .slice(0, length + 1)
    .replace(
      /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu,
      (c) => `⟨U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    );
  return shown.length > length ? `${shown.slice(0, length)}…` : shown;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function cell(content, className, name = 'td') {
  const made = element(name, className);
  made.append(content);
  return made;
}

function row(download) {
  const time = element('time', '', clock.format(new Date(download.at)));
  time.dateTime = download.at;
  const file = element('a', 'name file');
  file.href = `/tallygate/reports/file?${new URLSearchParams({ file: download.file, zone: table.dataset.zone })}`;
  file.append(element('bdi', '', shorten(download.path, 160)));
  const fileCell = cell(file, '', 'th');
  fileCell.scope = 'row';
  const made = element('tr');
  made.id = `d-${download.id}`;
  made.append(
    cell(time, 'nowrap'),
    fileCell,
    cell(element('span', 'name', shorten(download.client, 24))),
    cell(element('span', 'name', shorten(download.from, 60) || '–'), download.from ? '' : 'blank'),
    cell(download.token ? element('code', '', download.token) : '–', download.token ? '' : 'blank'),
    cell(size(download.bytes), 'n'),
    cell(element('span', download.state === 'completed' ? 'tag good' : 'tag', download.state)),
  );
  for (const [index, head] of heads.entries()) made.cells[index].dataset.label = head;
  return made;
}

function say(text, good) {
  state.textContent = text;
  state.className = good ? 'tag good' : 'tag warn';
}

const events = new EventSource(table.dataset.events);
events.onopen = () => say('live', true);
events.onerror = () => say('connecting again', false);
events.addEventListener('downloads', ({ data }) => {
  const downloads = JSON.parse(data);
  if (downloads.length > 0) document.getElementById('none')?.remove();
  for (const download of downloads) {
    document.getElementById(`d-${download.id}`)?.remove();
    body.prepend(row(download));
  }
  while (body.rows.length > most) body.rows[body.rows.length - 1].remove();
});
