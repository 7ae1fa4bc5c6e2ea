// The headers of every page: load nothing from elsewhere, run nothing inline, stand in nobody's frame, tell no other site
// the URL.

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
    // Browsers tell the origin alone. The URL of a redeemed page is a secret, and would be in the site's log with each
    // request for the stylesheet. Not no-referrer: browsers would then send "Origin: null" with our own forms, and our
    // check against forged requests refuses that.
    referrerPolicy: 'strict-origin',
    xFrameOptions: 'DENY',
    // That is the site's decision: a site that needs plain HTTP for a day must be able to go back to it.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: 'same-origin',
  });
}
