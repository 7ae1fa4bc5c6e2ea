// Programs that fetch files because a person, or a person's machine, wants them: the name that reports show, and the
// pattern of their user agents. They are tried before every list: lists of bots have curl and wget among them.

import type { Named } from './pattern-index.ts';

const named = (tools: Readonly<Record<string, string>>): Named[] =>
  Object.entries(tools).map(([name, pattern]) => ({ name, pattern }));

export const tools: readonly Named[] = named({
  // Download tools.
  curl: '^(?:lib|Py)?[Cc]url(?:[/ ]|$)|^PyCURL/',
  wget: '^[Ww]get',
  HTTPie: '^HTTPie/|^xh/',
  aria2: '^aria2/',
  axel: '^[Aa]xel\\b',
  lftp: '^lftp/',
  rclone: '^rclone/',
  'youtube-dl': '^(?:yt-dlp|youtube-dl)\\b',
  'Android DownloadManager': '^AndroidDownloadManager',
  'download manager':
    '^(?:FDM|JDownloader|uGet|Motrix|DownThemAll|Persepolis|XDM|IDM|GetRight|FlashGet|Gozilla|GoZilla|Xunlei|Thunder|pyLoad|DAP)(?![A-Za-z])|Free Download Manager|Internet Download Manager|DownloadManager',
  'BitTorrent web seed':
    '^(?:[Tt]ransmission|Azureus|q[Bb]ittorrent|qBitTorrent|[Dd]eluge|libtorrent|r[Tt]orrent|[Ww]eb[Tt]orrent|uTorrent|BitTorrent|BTWebClient)\\b',
  PowerShell: 'PowerShell/',
  BITS: '^Microsoft BITS/|^Microsoft-Delivery-Optimization/',
  // What a listener runs, or an app of his; a list of bots has them.
  castget: '^castget',
  poddl: '^poddl',
  OkDownload: '^OkDownload/',
  // By this an iPhone installs an app (.ipa) or fetches an episode; a list of podcast bots has it.
  'iTunes Store': '^itunesstored/.* model/',
  zsync: '^zsync/',
  // It says "like iTMS", which is in a list of bots.
  audiobookshelf: '^audiobookshelf',
  jigdo: '^jigdo',
  // Package managers.
  apt: '^Debian APT|^[Aa]pt-(?:[Cc]acher|[Gg]et|curl)|^APT-HTTP|^aptly\\b|^Ubuntu APT',
  dnf: '^(?:libdnf5?|dnf5?|librepo|urlgrabber|microdnf|rpm-ostree|yum|fedora)(?![A-Za-z])|^zypp|ZYpp ',
  pacman: '^pacman/',
  apk: '^apk-tools/',
  opkg: '^opkg',
  xbps: '^xbps',
  FreeBSD: '^(?:fetch )?libfetch/|^pkg/\\d',
  pip: '^(?:pip|uv|poetry|pdm|setuptools|twine)/',
  conda: '^(?:conda|mamba|micromamba|pixi)/',
  npm: '^(?:npm|yarn|pnpm|bun|Bun)/',
  cargo: '^cargo[ /]',
  'Go modules': '^GoModuleMirror/|^go-getter',
  gem: '^(?:RubyGems|bundler)/',
  Composer: '^Composer/',
  Maven: '^Apache-Maven/',
  Gradle: '^Gradle/',
  NuGet: '^NuGet',
  winget: '^(?:winget-cli|Microsoft-WinGet|[Ss]coop/|[Cc]hocolatey)',
  Homebrew: '^[Hh]omebrew/',
  nix: '(?:^|[ (])[Nn]ix/',
  Flatpak: '^(?:libostree|ostree|flatpak)',
  snap: '^snapd/',
  git: '^git(?:-lfs|-annex)?/',
  containers: '^(?:docker|containerd|containers|podman|buildah|skopeo|cri-o|Helm|oras)/',
  Steam: 'Valve/Steam',
  // What sets up machines, and writes images.
  Vagrant: '^Vagrant/',
  Packer: '^(?:HashiCorp )?Packer\\b',
  Terraform: '^(?:HashiCorp )?Terraform\\b|^OpenTofu\\b',
  Nomad: '^Nomad/',
  Ansible: '^ansible-httpget',
  Puppet: '^Puppet\\b',
  Chef: '^Chef\\b',
  Salt: '^Salt/',
  'network boot': '^(?:iPXE|UefiHttpBoot|U-Boot|GRUB)\\b',
  installer: '^(?:anaconda/|debian-installer|curtin/|subiquity|Cygwin-Setup)',
  'virtual machines': '^(?:LXD|Incus|[Mm]ultipass|Proxmox|VirtualBox|UTM/)',
  'Raspberry Pi Imager': 'rpi-imager|Raspberry Pi Imager',
  balenaEtcher: '[Bb]alena-?[Ee]tcher',
  Rufus: '^[Rr]ufus/',
  Ventoy: '^[Vv]entoy',
  // Libraries by which programs fetch. Those that crawlers are made with (Scrapy, colly) are not among them.
  Java: '^(?:Java(?:-http-client)?/|Java\\d|Apache-HttpClient|Apache-HttpAsyncClient|Jakarta Commons-HttpClient|AHC/|Jersey/|[Kk]tor)',
  okhttp: '^okhttp',
  Python:
    '^(?:[Pp]ython[/ -](?:urllib|requests|httpx|aiohttp|\\d)|Python-urllib|urllib3|aiohttp|httpx|requests/|curl_cffi)',
  Go: '^(?:Go-http-client|Go \\d[\\d.]* package http|go-resty)',
  Node: '^(?:axios|node-fetch|undici|node|got|needle|superagent|node-superagent)(?:/| \\(|$)',
  Deno: '^Deno/',
  Dart: '^Dart/',
  Ruby: '^(?:Ruby|Faraday|http\\.rb|rest-client|Typhoeus)\\b',
  PHP: '^(?:GuzzleHttp|PHP-Curl-Class|PHP(?:/|$)|Symfony HttpClient|PEAR HTTP_Request|HTTP_Request2|PECL::HTTP)',
  Perl: '^(?:libwww-perl|LWP|lwp-|HTTP-Tiny|Mojolicious)',
  Rust: '^(?:reqwest|ureq|hyper|isahc)/',
  Elixir: '^(?:hackney|mint|req|finch)/',
  '.NET': '^(?:RestSharp|Flurl|Microsoft-WinHTTP|WinH[Tt][Tt][Pp]|wininet|NSIS_Inetc|InnoDownloadPlugin)',
  Postman: '^PostmanRuntime|^insomnia/|^bruno-runtime/',
  libsoup: '^libsoup|^gvfs',
});

/** What plays files, where no podcast app says its own name: tried behind the names of apps. */
export const players: readonly Named[] = named({
  VLC: '(?:^|[ (])(?:Lib)?VLC/',
  mpv: '^mpv\\b|^libmpv\\b',
  Kodi: '^Kodi/',
  ffmpeg: '^Lavf/',
  stagefright: '^stagefright/',
  ExoPlayer: 'ExoPlayer(?:Lib)?/',
  Banshee: '^Banshee',
  Rhythmbox: '^[Rr]hythmbox',
  Amarok: '^[Aa]marok',
  XBMC: '^XBMC',
  Miro: 'Miro/\\d',
  Liferea: '^Liferea',
  NetNewsWire: 'NetNewsWire',
  iPodder: '^iPodder',
});
