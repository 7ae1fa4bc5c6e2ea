// The cookies of a request without ours, for origins.

/** The Cookie header but for folder links; '' where nothing else is left. */
export function otherCookies(r: NginxHTTPRequest): string {
  return (r.variables.http_cookie || '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '' && !/^tallygate=/i.test(cookie))
    .join('; ');
}
