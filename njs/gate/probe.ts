// Answers where the gate is tried (/tallygate/probe/, service.conf). Who gets here was let in.

export function probe(r: NginxHTTPRequest): void {
  r.headersOut['Content-Type'] = 'text/plain';
  r.return(200, 'the gate is open to this link\n');
}
