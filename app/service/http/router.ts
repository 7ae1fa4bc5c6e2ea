// The router that every file of routes starts from: invalid input ends as a problem.

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Env } from './context.ts';
import { FixedRoutes } from './fixed-routes.ts';
import { refuseInvalid } from './validation.ts';

export type Router = OpenAPIHono<Env>;

export function newRouter(): Router {
  return new OpenAPIHono<Env>({ defaultHook: refuseInvalid });
}

/** The router that all others hang on: the one that is asked at each request. */
export function newRootRouter(): Router {
  return new OpenAPIHono<Env>({ defaultHook: refuseInvalid, router: new FixedRoutes() });
}
