// The router that every file of routes starts with. It turns invalid input into a problem.

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Env } from './context.ts';
import { FixedRoutes } from './fixed-routes.ts';
import { refuseInvalid } from './validation.ts';

export type Router = OpenAPIHono<Env>;

export function newRouter(): Router {
  return new OpenAPIHono<Env>({ defaultHook: refuseInvalid });
}

/** The router that all others are mounted on. Each request is looked up in this one. */
export function newRootRouter(): Router {
  return new OpenAPIHono<Env>({ defaultHook: refuseInvalid, router: new FixedRoutes() });
}
