// The one screen that `make run` and `make dev` show: where everything is, and what to type to see it work.

import type { Stack } from './stack.ts';

/** The text for a running stack; `end` says how it ends. Every command on it can be pasted into a shell as it stands. */
export function screen({ dir, origin, apiKey, databaseUrl }: Stack, end: string): string {
  const api = `${origin}/tallygate/api/v1`;
  return `
Tallygate runs on loopback. ${end}

  NGINX       ${origin}   (files in ${dir}/www)
  API         ${api}   (described at ${origin}/tallygate/api)
  Reports     ${origin}/tallygate/reports   (sign in with the API key)
  API key     ${apiKey}   (for this run)
  PostgreSQL  ${databaseUrl}

Try it in another terminal:

  # issue a link that may be used for an hour
  link=$(curl -s ${api}/tokens -H 'Authorization: Bearer ${apiKey}' \\
    --json '{"path":"/downloads/album.zip","ttl":3600,"label":"a first try"}' | sed 's/.*"link":"\\([^"]*\\)".*/\\1/')

  curl -o /dev/null -w '%{http_code}\\n' "$link"                        # 200
  curl -o /dev/null -w '%{http_code}\\n' "$link" -r 0-99                # 206: a part of it, no second download
  curl -o /dev/null -w '%{http_code}\\n' "\${link/album/other}"          # 403: signed for another file
  curl -o /dev/null -w '%{http_code}\\n' ${origin}/public/leaflet.pdf   # 200: counted, no link needed

  # what was downloaded: counted within two seconds
  curl -s ${api}/files -H 'Authorization: Bearer ${apiKey}'
  psql '${databaseUrl}' -c 'table report.files'

Each download below is the record that NGINX wrote:
`;
}
