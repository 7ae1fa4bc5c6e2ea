// The overview follows what happens: when a download is told of, the page is asked for again and its parts that
// changed are put in place. What the reader has opened stays open, where the focus is nothing moves.

const state = document.getElementById('state');
const parts = () => [...document.querySelectorAll('[data-part]')];
const pause = 5000;
/** A record is counted a moment after its time. */
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
events.addEventListener('downloads', ({ data }) => {
  const made = Date.parse(document.querySelector('[data-part="made"] time').dateTime) - late;
  if (!JSON.parse(data).some(({ at }) => Date.parse(at) > made)) return;
  wanted = true;
  void renew();
});
document.addEventListener('visibilitychange', () => void renew());
