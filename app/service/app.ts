// The service as one function from request to answer. It has no socket, clock or global of its own; server.ts listens.

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { isBusy, isUnreachable } from '../db/connection.ts';
import { pageFolder } from '../link/sign.ts';
import { typedRedeemer } from './codes/typed.ts';
import { DatabaseAway } from './db/watch.ts';
import { authenticator } from './http/authenticate.ts';
import type { Deps, Env } from './http/context.ts';
import { onlyOurHost } from './http/host.ts';
import { measure } from './http/metrics.ts';
import { Problem, problemResponse, titleOf } from './http/problem.ts';
import { requestId } from './http/request-id.ts';
import { newRootRouter, type Router } from './http/router.ts';
import { assetRoutes } from './pages/assets.ts';
import { problemPage } from './pages/problem.tsx';
import { pageHeaders } from './pages/security.ts';
import { artworkRoutes } from './routes/artwork.ts';
import { authorizeRoutes } from './routes/authorize.ts';
import { batchesRoutes } from './routes/batches.ts';
import { codesRoutes } from './routes/codes.ts';
import { docsRoutes } from './routes/docs.ts';
import { filesRoutes } from './routes/files.ts';
import { getRoutes } from './routes/get.ts';
import { healthRoutes } from './routes/health.ts';
import { issueTokensRoutes } from './routes/issue-tokens.ts';
import { keysRoutes } from './routes/keys.ts';
import { linksRoutes } from './routes/links.ts';
import { loginRoutes } from './routes/login.ts';
import { manageTokensRoutes } from './routes/manage-tokens.ts';
import { pagesRoutes } from './routes/pages.ts';
import { publicRoutes } from './routes/public.ts';
import { redeemRoutes } from './routes/redeem.ts';
import { redemptionsRoutes } from './routes/redemptions.ts';
import { reportRoutes } from './routes/reports.ts';
import { reprintRoutes } from './routes/reprint.ts';
import { statusRoutes } from './routes/status.ts';
import { sessions } from './session/session.ts';

const apiPath = '/tallygate/api/v1';

/** Builds the service. All it needs comes in `deps`, so any number may run side by side. */
export function createApp(deps: Deps): Router {
  const app = newRootRouter();
  const authenticate = authenticator(deps);
  const reading: Deps = { ...deps, sql: deps.reading };
  const authenticateReader = authenticator(reading);

  app.onError((error, c) => {
    const problem = toProblem(error);
    if (problem.status >= 500)
      deps.log.error({ err: error, request_id: c.get('requestId') }, 'request failed');
    return answerProblem(c, problem);
  });
  const refuseMethod = methodNotAllowed<Env>({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.sort().join(', ');
      return problemResponse(c, new Problem('method_not_allowed', `Use ${allow}.`, { headers: { allow } }));
    },
  });
  // Hono would wrap this around every request. Only those that no route answered need it.
  app.notFound(async (c) => {
    const page = withoutSlash(c);
    if (page !== undefined) return c.redirect(page, 301);
    await refuseMethod(c, async () => {
      c.res = await answerProblem(c, new Problem('not_found', `There is nothing at ${c.req.path}.`));
    });
    return c.res;
  });

  app.use(measure(deps.metrics));
  app.use(requestId());
  app.route('/', healthRoutes(deps));
  const { watch } = deps;
  // Before what NGINX asks, behind what needs no database.
  if (watch) app.use('/tallygate/internal/*', (_, next) => watch.unlessAway(next));
  app.route('/tallygate/internal', authorizeRoutes(deps));
  app.use(onlyOurHost(deps.origin));
  app.route('/', assetRoutes());
  app.route('/tallygate/api', docsRoutes(deps, app));
  if (watch) app.use((_, next) => watch.unlessAway(next));

  const redeem = typedRedeemer(deps);
  for (const routes of [
    linksRoutes,
    issueTokensRoutes,
    manageTokensRoutes,
    codesRoutes,
    batchesRoutes,
    reprintRoutes,
  ]) {
    app.route(apiPath, routes(deps, authenticate));
  }
  app.route(apiPath, redemptionsRoutes(deps, authenticate, redeem));
  for (const routes of [filesRoutes, keysRoutes, statusRoutes, reportRoutes]) {
    app.route(apiPath, routes(reading, authenticateReader));
  }
  app.route('/tallygate/redeem', redeemRoutes(deps, redeem));
  app.route(pageFolder, getRoutes(deps));
  app.route('/tallygate/artwork', artworkRoutes(deps));
  app.route('/tallygate', publicRoutes(reading));
  app.route('/tallygate/', publicRoutes(reading));
  const session = sessions(reading);
  app.route('/tallygate', loginRoutes(reading, session));
  app.route('/tallygate/reports', pagesRoutes(reading, authenticateReader, session));
  return app;
}

/** The same page without the slash that somebody typed behind it; undefined for other addresses. */
function withoutSlash({ req }: Context<Env>): string | undefined {
  const { pathname, search } = new URL(req.url);
  if (!/^\/tallygate\/.*[^/]\/+$/.test(pathname) || pathname.startsWith(apiPath)) return undefined;
  return /^(?:GET|HEAD)$/.test(req.method) ? pathname.replace(/\/+$/, '') + search : undefined;
}

// A program gets a problem as JSON. A person who typed a URL gets a page.
const headers = pageHeaders();
const overview = { to: '/tallygate/reports', title: 'Overview' };
async function answerProblem(c: Context<Env>, problem: Problem): Promise<Response> {
  const isPage =
    !c.req.path.startsWith('/tallygate/api') && /\btext\/html\b/.test(c.req.header('accept') ?? '');
  if (!isPage) return problemResponse(c, problem);
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  c.header('cache-control', 'no-store');
  const content = problemPage({
    title: titleOf(problem),
    text: problem.message,
    back: c.req.path.startsWith('/tallygate/reports') ? overview : undefined,
    requestId: problem.code === 'internal' ? c.get('requestId') : undefined,
  });
  c.res = await c.html(content, problem.status);
  await headers(c, async () => {});
  return c.res;
}

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return fromHttp(error);
  const wait = { headers: { 'retry-after': '5' }, cause: error };
  if (error instanceof DatabaseAway || isUnreachable(error)) {
    return new Problem('unavailable', 'The database cannot be reached. Try again in a moment.', wait);
  }
  if (isBusy(error)) {
    return new Problem('unavailable', 'The database is busy. Try again in a moment.', wait);
  }
  return new Problem('internal', 'The error is in the log of the service. Look for this request_id.', {
    cause: error,
  });
}

// Errors that Hono and its validators throw.
function fromHttp(error: HTTPException): Problem {
  if (error.status === 403)
    return new Problem(
      'forbidden',
      'This form was sent from another site. Open the page here and send it again.',
    );
  if (error.status === 413)
    return new Problem('too_large', 'The body is too large for this URL. Send less at once.');
  if (error.status === 415) {
    return new Problem('unsupported_media_type', 'Send the body as "Content-Type: application/json".');
  }
  if (error.status === 400) return new Problem('malformed', 'The body is not valid JSON.');
  return new Problem('internal', error.message, { cause: error });
}
