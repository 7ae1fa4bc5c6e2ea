// The headers of every page: nothing from elsewhere, nothing inline, in nobody's frame, no address told on.

import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

const self = ["'self'"];
const none = ["'none'"];

/** For all routes that answer with HTML. */
export function pageHeaders(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: none,
      styleSrc: self,
      scriptSrc: self,
      imgSrc: self,
      connectSrc: self,
      formAction: self,
      baseUri: none,
      frameAncestors: none,
    },
    // The origin alone: the address of a redeemed page is a secret, and would stand in the site's log with each
    // request for the stylesheet. Not no-referrer: browsers then send "Origin: null" with our own forms, which the
    // check against forged requests must refuse.
    referrerPolicy: 'strict-origin',
    xFrameOptions: 'DENY',
    // The site's own business: whoever has plain HTTP for a day must be able to go back.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: 'same-origin',
  });
}
