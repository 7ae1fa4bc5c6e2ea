// Times as logs write them. One reader for all, so that a format need not say which kind its times are.

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** Milliseconds since 1970 of a clock that says its time without an offset from UTC. */
export type LocalClock = (local: number) => number;

// Each ends where its time ends. None repeats a group, so none takes long on a hostile line.
const clock = '(\\d\\d?):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?';
const offset = '(?: ?(Z|UTC|GMT|[+-]\\d\\d:?\\d\\d)(?![\\w:]))?';
/** 10/Mar/2024:10:00:00.123 +0100; Sun, 10 Mar 2024 09:00:00 GMT. */
const dayFirst = new RegExp(
  `(?:[A-Z][a-z]{2},? )?(\\d\\d?)[/ -]([A-Z][a-z]{2})[/ -](\\d{4})[:T ]{1,2}${clock}${offset}`,
  'y',
);
/** 2024-03-10T09:00:00.123Z, also with a blank, a tab or a bar between date and time. */
const yearFirst = new RegExp(`(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T \\t:|,;]{1,2}${clock}${offset}`, 'y');
/** Sun Mar 10 09:00:00 2024. */
const yearLast = new RegExp(
  `(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) {1,2}(\\d\\d?) ${clock} (\\d{4})${offset}`,
  'y',
);
/** 03/10/24, 9:00:00: the month first, as IIS writes its own format wherever it runs. */
const monthFirst = new RegExp(`(\\d\\d?)/(\\d\\d?)/(\\d{4}|\\d\\d), ${clock}${offset}`, 'y');
/** Seconds since 1970 with or without a fraction; milliseconds, microseconds, nanoseconds. */
const sinceEpoch = /(\d{9,10}(?:\.\d{1,9})?|\d{12,13}(?:\.\d{1,6})?|\d{16}|\d{19})(?![\w.:])/y;

const digit = (text: string, at: number) => text.charCodeAt(at) - 48;
const two = (text: string, at: number) => digit(text, at) * 10 + digit(text, at + 1);
const isDigits = (text: string, from: number, count: number) => {
  for (let at = from; at < from + count; at += 1) {
    const value = digit(text, at);
    if (!(value >= 0 && value <= 9)) return false;
  }
  return true;
};

export class TimeReader {
  /** Milliseconds since 1970; NaN for what is no time, such as 31 February. */
  value = Number.NaN;
  /** Where the time that was read ends. */
  end = 0;
  readonly #local: LocalClock;
  // Most lines have the date and the offset of the one before.
  #date = '';
  #dateStart = Number.NaN;
  #offset = '';
  #offsetLength = Number.NaN;

  constructor(local: LocalClock = (time) => time) {
    this.#local = local;
  }

  /** Reads the time at a place; false where there is none. */
  read(text: string, at: number): boolean {
    if (this.#readUsual(text, at)) return true;
    return this.#readDayFirst(text, at) || this.#readYearFirst(text, at) || this.#readOthers(text, at);
  }

  /** dd/Mon/yyyy:hh:mm:ss +hhmm, as nearly every line has it. */
  #readUsual(text: string, at: number): boolean {
    if (text.charCodeAt(at + 11) !== 58 || text.charCodeAt(at + 20) !== 32) return false;
    if (text.charCodeAt(at + 2) !== 47 || text.charCodeAt(at + 14) !== 58 || text.charCodeAt(at + 17) !== 58)
      return false;
    if (
      !isDigits(text, at + 22, 4) ||
      !isDigits(text, at + 12, 2) ||
      !isDigits(text, at + 15, 2) ||
      !isDigits(text, at + 18, 2)
    )
      return false;
    const after = text.charCodeAt(at + 26);
    if (after >= 48 && after <= 58) return false;
    if (!text.startsWith(this.#date, at) || this.#date === '') {
      const date = text.slice(at, at + 11);
      const [, day, month = '', year] = /^(\d\d)\/(\w{3})\/(\d{4})$/.exec(date) ?? [];
      if (day === undefined) return false;
      this.#date = date;
      this.#dateStart = dayOf(Number(year), monthOf(month), Number(day));
    }
    if (!text.startsWith(this.#offset, at + 21) || this.#offset === '') {
      const sign = text[at + 21];
      if (sign !== '+' && sign !== '-') return false;
      this.#offset = text.slice(at + 21, at + 26);
      this.#offsetLength = offsetOf(this.#offset);
    }
    const seconds = timeOfDay(two(text, at + 12), two(text, at + 15), two(text, at + 18));
    this.value = this.#dateStart + seconds * 1000 - this.#offsetLength;
    this.end = at + 26;
    return true;
  }

  #readDayFirst(text: string, at: number): boolean {
    dayFirst.lastIndex = at;
    const found = dayFirst.exec(text);
    if (!found) return false;
    const [, day, month = '', year, hour, minute, second, fraction, zone] = found;
    const date = dayOf(Number(year), monthOf(month), Number(day));
    return this.#found(dayFirst.lastIndex, date, [hour, minute, second, fraction], zone);
  }

  #readYearFirst(text: string, at: number): boolean {
    yearFirst.lastIndex = at;
    const found = yearFirst.exec(text);
    if (!found) return false;
    const [, year, month, day, hour, minute, second, fraction, zone] = found;
    const date = dayOf(Number(year), Number(month) - 1, Number(day));
    return this.#found(yearFirst.lastIndex, date, [hour, minute, second, fraction], zone);
  }

  #readOthers(text: string, at: number): boolean {
    yearLast.lastIndex = at;
    const found = yearLast.exec(text);
    if (found) {
      const [, month = '', day, hour, minute, second, fraction, year, zone] = found;
      const date = dayOf(Number(year), monthOf(month), Number(day));
      return this.#found(yearLast.lastIndex, date, [hour, minute, second, fraction], zone);
    }
    if (this.#readMonthFirst(text, at)) return true;
    sinceEpoch.lastIndex = at;
    const [, number] = sinceEpoch.exec(text) ?? [];
    if (number === undefined) return false;
    const whole = number.indexOf('.') < 0 ? number.length : number.indexOf('.');
    const unit = whole <= 10 ? 1000 : whole <= 13 ? 1 : whole === 16 ? 1e-3 : 1e-6;
    this.value = Math.round(Number(number) * unit);
    this.end = sinceEpoch.lastIndex;
    return true;
  }

  #readMonthFirst(text: string, at: number): boolean {
    monthFirst.lastIndex = at;
    const found = monthFirst.exec(text);
    if (!found) return false;
    const [, month, day, year = '', hour, minute, second, fraction, zone] = found;
    const date = dayOf(Number(year) + (year.length === 2 ? 2000 : 0), Number(month) - 1, Number(day));
    return this.#found(monthFirst.lastIndex, date, [hour, minute, second, fraction], zone);
  }

  #found(
    end: number,
    date: number,
    parts: readonly (string | undefined)[],
    zone: string | undefined,
  ): boolean {
    const [hour, minute, second, fraction = ''] = parts;
    const seconds = timeOfDay(Number(hour), Number(minute), Number(second));
    const local = date + seconds * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
    const length = zone === undefined ? undefined : offsetOf(zone);
    this.value = length === undefined ? this.#local(local) : local - length;
    this.end = end;
    return true;
  }
}

function monthOf(name: string): number {
  const at = months.indexOf(name);
  return at < 0 || at % 3 !== 0 ? -1 : at / 3;
}

/** Midnight; NaN where the month has no such day: Date would make 31 June the first of July. */
function dayOf(year: number, month: number, day: number): number {
  const start = Date.UTC(year, month, day);
  const date = new Date(start);
  return date.getUTCMonth() === month && date.getUTCDate() === day ? start : Number.NaN;
}

function timeOfDay(hour: number, minute: number, second: number): number {
  // A leap second is the sixtieth.
  return hour > 23 || minute > 59 || second > 60 ? Number.NaN : hour * 3600 + minute * 60 + second;
}

/** Milliseconds ahead of UTC. */
function offsetOf(zone: string): number {
  if (!/^[+-]/.test(zone)) return 0;
  const digits = zone.replace(/[^0-9]/g, '');
  const length = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
  return zone.startsWith('-') ? -length : length;
}
