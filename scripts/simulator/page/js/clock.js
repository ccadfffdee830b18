// The platform's movable clock, and times as WeChat words them. Business zone: Asia/Shanghai, which has no summer time.

const ZONE_MS = 8 * 3600_000;
const DAY_MS = 86_400_000;
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];
const two = (number) => String(number).padStart(2, "0");

/** The calendar parts of a moment in Shanghai. */
export function parts(ms) {
  const local = new Date(ms + ZONE_MS);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: WEEKDAYS[local.getUTCDay()],
    time: `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`,
    seconds: two(local.getUTCSeconds()),
    dayNumber: Math.floor((ms + ZONE_MS) / DAY_MS),
  };
}

/** WeChat's time stamp: 09:05, 昨天 09:05, 星期三 09:05, 3月8日 09:05, 2025年3月8日 09:05. */
export function stamp(ms, nowMs) {
  const then = parts(ms);
  const now = parts(nowMs);
  const days = now.dayNumber - then.dayNumber;
  if (days === 0) return then.time;
  if (days === 1) return `昨天 ${then.time}`;
  if (days > 1 && days < 7) return `${then.weekday} ${then.time}`;
  if (then.year === now.year) return `${then.month}月${then.day}日 ${then.time}`;
  return `${then.year}年${then.month}月${then.day}日 ${then.time}`;
}

/** The ISO moment of a Shanghai date (YYYY-MM-DD) and time (HH:MM). */
export const shanghai = (date, time) => `${date}T${time}:00+08:00`;

/** YYYY-MM-DD in Shanghai, `days` after this moment. */
export function dateOf(ms, days = 0) {
  const day = parts(ms + days * DAY_MS);
  return `${day.year}-${two(day.month)}-${two(day.day)}`;
}

/** Runs on between the platform's own announcements. */
export class PlatformClock {
  #base = Date.now();
  #read = performance.now();
  offset = 0;

  set({ now, offset_s: offset }) {
    const ms = Date.parse(now);
    if (Number.isNaN(ms)) return;
    this.#base = ms;
    this.#read = performance.now();
    this.offset = Math.round(offset ?? 0);
  }

  now() {
    return this.#base + performance.now() - this.#read;
  }
}

/** "快进 3天2小时" for an offset in seconds; empty when the clock is the real one. */
export function shiftWords(seconds) {
  const size = Math.abs(seconds);
  if (size < 60) return "";
  const days = Math.floor(size / 86400);
  const hours = Math.floor((size % 86400) / 3600);
  const minutes = Math.floor((size % 3600) / 60);
  const words = [days && `${days}天`, hours && `${hours}小时`, !days && minutes && `${minutes}分`]
    .filter(Boolean)
    .join("");
  return `${seconds > 0 ? "快进" : "倒回"} ${words}`;
}
