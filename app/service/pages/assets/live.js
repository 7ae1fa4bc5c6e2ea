// The live view: puts the rows that the service sends into the table, newest first. The service renders and escapes
// them, as it does those of the page itself.

const table = document.getElementById('live');
const state = document.getElementById('state');
const body = table.tBodies[0];
const most = Number(table.dataset.most);

function say(text, good) {
  state.textContent = text;
  state.className = good ? 'tag good' : 'tag warn';
}

const events = new EventSource(table.dataset.events);
events.onopen = () => say('live', true);
events.onerror = () => say('connecting again', false);
events.addEventListener('downloads', ({ data }) => {
  const sent = document.createElement('template');
  sent.innerHTML = data;
  document.getElementById('none')?.remove();
  for (const row of [...sent.content.children]) {
    document.getElementById(row.id)?.remove();
    body.prepend(row);
  }
  while (body.rows.length > most) body.rows[body.rows.length - 1].remove();
});
