// Group commit. A call that comes alone is sent at once. Calls that come while a statement is under way are sent
// together in the next one, so under load one transaction carries many rows. Each caller waits for the commit that
// holds its own row. No call waits for a timer.

type Waiting<In, Out> = { item: In; resolve: (out: Out) => void; reject: (error: unknown) => void };

export type CoalesceOptions<In> = {
  /** the most items in one statement */
  maxItems: number;
  /** the most statements under way at once */
  flights: number;
  /** items with the same key never share a statement, because the later must see what the earlier did */
  keyOf?: (item: In) => string;
};

/**
 * Makes a function that collects calls for `run`. `run` gets items and returns one result for each, in order.
 * When a statement for several items fails, each is tried alone, so that one bad item fails no other request.
 */
export function coalesce<In, Out>(
  run: (items: In[]) => Promise<Out[]>,
  { maxItems, flights, keyOf }: CoalesceOptions<In>,
): (item: In) => Promise<Out> {
  let waiting: Waiting<In, Out>[] = [];
  let inFlight = 0;

  function take(): Waiting<In, Out>[] {
    if (!keyOf) return waiting.splice(0, maxItems);
    const keys = new Set<string>();
    const taken: Waiting<In, Out>[] = [];
    waiting = waiting.filter((entry) => {
      const key = keyOf(entry.item);
      if (taken.length >= maxItems || keys.has(key)) return true;
      keys.add(key);
      taken.push(entry);
      return false;
    });
    return taken;
  }

  async function fly(): Promise<void> {
    const group = take();
    if (group.length === 0) return;
    inFlight++;
    try {
      const results = await run(group.map(({ item }) => item));
      group.forEach(({ resolve }, index) => {
        resolve(results[index] as Out);
      });
    } catch (error) {
      const [first] = group;
      if (group.length === 1 && first) first.reject(error);
      else await Promise.all(group.map(alone));
    } finally {
      inFlight--;
      if (waiting.length > 0) void fly();
    }
  }

  async function alone({ item, resolve, reject }: Waiting<In, Out>): Promise<void> {
    try {
      const [result] = await run([item]);
      resolve(result as Out);
    } catch (error) {
      reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // A microtask later, so that all calls made in one tick go together.
      if (inFlight < flights) queueMicrotask(() => inFlight < flights && void fly());
    });
}
