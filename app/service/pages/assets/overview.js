// Keeps the overview fresh: after each new download it asks for the page again and puts in the parts that changed.
// What the reader has opened stays open. A part that holds the focus is left alone.

const state = document.getElementById('state');
const parts = () => [...document.querySelectorAll('[data-part]')];
const pause = 5000;
/** In ms: a record is counted a moment after its time. */
const late = 10_000;
let wanted = false;
let asking = false;

function say(text, good) {
  state.hidden = false;
  state.textContent = text;
  state.className = good ? 'tag good' : 'tag warn';
}

async function renew() {
  if (asking || document.hidden) return;
  asking = true;
  while (wanted && !document.hidden) {
    wanted = false;
    try {
      const response = await fetch(location.href);
      if (response.ok) replace(new DOMParser().parseFromString(await response.text(), 'text/html'));
    } catch {
      wanted = true;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  asking = false;
}

function replace(fresh) {
  for (const old of parts()) {
    const now = fresh.querySelector(`[data-part="${old.dataset.part}"]`);
    if (!now || old.contains(document.activeElement)) continue;
    const opened = [...old.querySelectorAll('details')].map((details) => details.open);
    [...now.querySelectorAll('details')].forEach((details, index) => {
      details.open = opened[index] ?? false;
    });
    if (!old.isEqualNode(now)) old.replaceWith(document.adoptNode(now));
  }
}

const events = new EventSource(state.dataset.events);
events.onopen = () => say('live', true);
events.onerror = () => say('connecting again', false);
// The id of an event is the time of its newest download.
events.addEventListener('downloads', ({ lastEventId }) => {
  const made = Date.parse(document.querySelector('[data-part="made"] time').dateTime) - late;
  if (Date.parse(lastEventId) <= made) return;
  wanted = true;
  void renew();
});
document.addEventListener('visibilitychange', () => void renew());
