import { expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';

test('resolves to the first answer that is one, asking again after throws', async () => {
  let asked = 0;
  const answer = await until(() => {
    asked += 1;
    if (asked === 1) throw new Error('not yet');
    return asked === 2 ? false : asked;
  }, 'the third');
  expect(answer).toBe(3);
});

test('gives up at its limit, and says what it waited for and why not', async () => {
  const cause = new Error('refused');
  const waiting = until(() => Promise.reject(cause), 'a miracle', 20);
  await expect(waiting).rejects.toMatchObject({ message: 'waited 20 ms in vain for a miracle', cause });
});
