// What --help shows below the options: commands to copy. test/examples runs each of them.

import type { Command } from 'commander';

/** Examples by command; `''` is the program itself. Each line is a command, with what it does behind `#`. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  '': [
    'tallygate migrate                      # first: the tables',
    'tallygate keys generate                # then: a key that links are signed with',
    'tallygate api-keys create shop         # who may issue links',
    'tallygate doctor                       # is everything as it should be?',
  ],
  'api-keys create': [
    'tallygate api-keys create shop --scopes issue             # a shop that issues links',
    'tallygate api-keys create grafana --scopes read --quiet   # the key alone, for a script',
  ],
  'codes create': [
    'tallygate codes create --count 500 --uses 3 --files /files/album.zip --label "Spring LP" > codes.csv',
  ],
  link: [
    'tallygate link /files/album.zip --ttl 12h --finish 2d      # begin within 12 hours, resume for two days',
    'tallygate link /hls/course/master.m3u8 --folder 2          # everything below /hls/course/',
    'tallygate link /hls/course/master.m3u8 --folder 2 --form path   # the same, for players without cookies',
  ],
  explain: [
    "tallygate explain 'https://dl.example.org/files/album.zip?e=...'                           # why is it refused?",
    "tallygate explain --cookie 'tallygate=...' 'https://dl.example.org/hls/course/seg1.ts'     # does it open that?",
  ],
  'keys rotate': [
    'tallygate keys rotate                  # another key; it signs new links when every edge has loaded it',
    'tallygate keys rotate --ring site-a    # the same for the server that says: set $tallygate_keys site-a;',
  ],
  'keys adopt': [
    "tallygate keys adopt wp --expression '$secure_link_expires$uri secret' --signature md5 --expires expires",
  ],
  'codes attempts clear': [
    'tallygate codes attempts clear 203.0.113.9   # somebody there typed too many wrong codes',
  ],
  'report files': [
    'tallygate report files --first 2026-11-01 --tz Europe/Berlin   # since then',
    'tallygate report files --csv > files.csv                                     # all of them',
  ],
  'report agents': ['tallygate report agents --class bot   # what was taken for a bot, and by which rule'],
  'classes test': [
    "tallygate classes test 'AntennaPod/3.2.0' 'Wget/1.21.4' ''              # what is each taken for?",
    "cut -d '\"' -f 6 access.log | sort -u | tallygate classes test -     # all that are in a combined log",
    'tallygate classes test --file crawlers.txt --file browsers.txt   # how many of each list are bots?',
    'tallygate classes test --file browsers.txt --only bot            # which of them',
  ],
  'report leeches': [
    'tallygate report leeches --hours 48 --min-requests 500 --watch   # who asks most, again and again',
  ],
  export: ['tallygate export /srv/stats   # from cron: /srv/stats/private and /srv/stats/public'],
  ingest: [
    "tallygate ingest --match '*.iso' /var/log/nginx/access.log*   # history, packed logs too; run it twice, count once",
    "tallygate ingest --dry-run --match '*.iso' access.log         # what would be counted",
    'ssh edge tail -F downloads.log | tallygate ingest -           # records as they come',
    'tallygate ingest --list                                       # what was imported, each with its number',
    'tallygate ingest --undo wrong-site.log                        # as if that had never been imported',
  ],
};

/** Adds the examples to the help of each command. */
export function addExamples(program: Command): Command {
  for (const [path, lines] of Object.entries(examples)) {
    findCommand(program, path)?.addHelpText(
      'after',
      `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return program;
}

/** The command at a path such as `codes create`; undefined where there is none. */
function findCommand(program: Command, path: string): Command | undefined {
  return path
    .split(' ')
    .filter((name) => name !== '')
    .reduce<Command | undefined>(
      (command, name) => command?.commands.find((sub) => sub.name() === name),
      program,
    );
}
