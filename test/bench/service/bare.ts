// The yardstick of the stateless links: Hono on the same adapter, one route that reads JSON and answers JSON.

import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
app.post('/links', async (c) => {
  const { path } = await c.req.json<{ path: string }>();
  return c.json({ path, link: `https://dl.example.org${path}`, expires_at: '2026-11-22T09:00:00.000Z' }, 201);
});
serve({
  fetch: app.fetch,
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  overrideGlobalObjects: false,
});
