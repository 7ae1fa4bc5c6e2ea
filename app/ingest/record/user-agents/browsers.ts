// Browsers: by the names in their user agents, and by the form of these.

const browsers: readonly (readonly [client: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\/|\bOpera\b/],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\bFirefox\/|\bFxiOS\//],
  ['Chrome', /\bChrome\/|\bCriOS\//],
  ['Safari', /\bSafari\//],
];

/** The name of a browser that reports show. */
export function browserOf(userAgent: string): string | undefined {
  return browsers.find(([, pattern]) => pattern.test(userAgent))?.[0];
}

/** Whether it begins as browsers do. */
export function beginsAsBrowser(userAgent: string): boolean {
  return /^(?:Mozilla|Opera|Links|Lynx|w3m|ELinks|NetSurf|Dillo)\b/i.test(userAgent);
}

/** Whether it says the name of a browser and nothing more (`Mozilla/5.0`, `Chrome`): no browser does. */
export function isBareBrowser(userAgent: string): boolean {
  return /^.?(?:Mozilla(?:\/\d\.\d+)?|chrome|firefox|safari|edge)[. ]*(?:\((?:compatible;? ?)?\))?.?$/i.test(
    userAgent,
  );
}

// What the browsers of phones say behind their platform, and nothing else.
const ofPhone =
  /^Mozilla\/5\.0 \((?:Linux; |Android|iPhone|iPad|iPod)[^()]*(?:\([^()]*\)[^()]*)*\)(?: (?:(?:AppleWebKit|Gecko|Chrome|Safari|Version|Mobile|Firefox|EdgA|EdgiOS|OPR|SamsungBrowser|CriOS|FxiOS|GSA|YaBrowser|DuckDuckGo|Ddg|UCBrowser|MiuiBrowser|HuaweiBrowser|Focus|Klar)\/[\w.+-]+|\(KHTML, like Gecko\)|Mobile))+$/;
const notOfPhone = /https?:|@\w+\.[a-z]|compatible|(?:bot|crawler|spider)[/;)]|-Google|google-/i;

/**
 * Whether this is a phone's browser that names nothing but itself. Lists of bots are not asked then: the model may be
 * called like one ("HTC Butterfly").
 */
export function isPhone(userAgent: string): boolean {
  return ofPhone.test(userAgent) && !notOfPhone.test(userAgent);
}

// Behind what Apple's devices say for each app, and of programs on a Mac, iPhone or iPad that show no pages.
const ofDevice =
  /CFNetwork\/[\d.]+ Darwin\/|\b(?:iPhone|iPad) App\b|^(?!.*Mozilla).*\((?:Intel\w* )?(?:Macintosh|Mac OS X|iPhone|iPad)[; ]/;

/** Whether this is a program on somebody's own device: mail and feed readers that lists of crawlers hold. */
export function isOnDevice(userAgent: string): boolean {
  return ofDevice.test(userAgent);
}
