// Instants as people at the pharmacy read them. Message times are epoch seconds of the demo's clock, never of this browser's.

let zone = "America/New_York";
let nowSeconds = Date.now() / 1000;

export function setZone(name) {
  zone = name;
}

export function setNow(seconds) {
  nowSeconds = seconds;
}

function parts(seconds, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(new Date(Number(seconds) * 1000));
}

export const time = (seconds) => parts(seconds, { hour: "2-digit", minute: "2-digit" });
export const timeWithSeconds = (seconds) => parts(seconds, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const dayKey = (seconds) => parts(seconds, { year: "numeric", month: "2-digit", day: "2-digit" });
const longDay = (seconds) => parts(seconds, { weekday: "long", day: "numeric", month: "long" });
const shortDay = (seconds) => parts(seconds, { day: "numeric", month: "short", year: "numeric" });
const fullDay = (seconds) => parts(seconds, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

function relativeDay(seconds) {
  const names = [
    [0, "Today"],
    [86400, "Yesterday"],
    [-86400, "Tomorrow"],
  ];
  const match = names.find(([shift]) => dayKey(nowSeconds - shift) === dayKey(seconds));
  return match ? match[1] : null;
}

/** "Today", "Yesterday" or "Monday 23 November", for the dividers between days. */
export const dayName = (seconds) => relativeDay(seconds) || longDay(seconds);

/** The day and time in full, for tooltips. */
export const inFull = (seconds) => `${fullDay(seconds)}, ${timeWithSeconds(seconds)}`;

/** "today at 07:40", for thread links. */
export function lately(seconds) {
  const day = relativeDay(seconds);
  return `${day ? day.toLowerCase() : shortDay(seconds)} at ${time(seconds)}`;
}

/** How long before the demo's now, in words. */
export function ago(seconds) {
  const minutes = Math.round((nowSeconds - Number(seconds)) / 60);
  if (minutes < 1) return "just now";
  if (minutes < 60) return minutes === 1 ? "1 minute ago" : `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? "1 hour ago" : `${hours} hours ago`;
}

/** Slack's <!date^…> template: the documented tokens, each filled for the pharmacy's zone. */
export function fillDate(seconds, template) {
  const relative = relativeDay(seconds)?.toLowerCase(); // it stands inside a sentence
  const tokens = {
    date_num: () =>
      parts(seconds, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/").reverse().join("-"),
    date_slash: () => parts(seconds, { year: "numeric", month: "2-digit", day: "2-digit" }),
    date: () => parts(seconds, { day: "numeric", month: "long", year: "numeric" }),
    date_short: () => shortDay(seconds),
    date_long: () => fullDay(seconds),
    date_long_full: () => fullDay(seconds),
    date_pretty: () => relative || parts(seconds, { day: "numeric", month: "long", year: "numeric" }),
    date_short_pretty: () => relative || shortDay(seconds),
    date_long_pretty: () => relative || fullDay(seconds),
    day_divider_pretty: () => dayName(seconds),
    time: () => time(seconds),
    time_secs: () => timeWithSeconds(seconds),
    ago: () => ago(seconds),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name) => (tokens[name] ? tokens[name]() : whole));
}
