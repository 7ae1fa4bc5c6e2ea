// /tallygate/api: the documentation for programs and for people, made from the routes themselves.

import type { Deps } from '../http/context.ts';
import { newRouter, type Router } from '../http/router.ts';
import { type Document, docsPage } from '../pages/docs.tsx';
import { pageHeaders } from '../pages/security.ts';

/** @param app the router that all routes of the API are mounted on */
export function docsRoutes(deps: Deps, app: Router) {
  const router = newRouter();
  app.openAPIRegistry.registerComponent('securitySchemes', 'api_key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, made with "tallygate api-keys create".',
  });
  // Made once, at the first request: by then all routes are mounted, and it never changes.
  let made: Document | undefined;
  const document = () => {
    made ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Tallygate API',
        version: process.env.TALLYGATE_VERSION ?? 'development',
        description:
          'Issues signed, expiring download links and answers how often each file was downloaded. Times are RFC 3339, in UTC; durations are seconds; sizes are bytes. Every request needs an API key: "Authorization: Bearer tg_...".',
      },
      servers: [{ url: deps.origin }],
    }) as unknown as Document;
    return made;
  };
  router.get('/openapi.json', (c) => c.json(document()));
  router.get('/', pageHeaders(), (c) => c.html(docsPage(document())));
  return router;
}
