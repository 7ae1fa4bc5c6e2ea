// What answers where the gate is tried (service.conf): reached only by who was let in.

export function probe(r: NginxHTTPRequest): void {
  r.headersOut['Content-Type'] = 'text/plain';
  r.return(200, 'the gate is open to this link\n');
}
