/** What AWS documents of its cron expressions, read without our code: an evaluator for tests. */

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTE_MS = 60_000;

/** Members of a field; `names` count from 1, as AWS counts days. */
function membersOf(text: string, first: number, last: number, names: readonly string[] = []): ReadonlySet<number> {
  const value = (word: string) => (names.includes(word) ? names.indexOf(word) + 1 : Number(word));
  const members = new Set<number>();
  for (const part of text.split(',')) {
    const [span = '', step] = part.split('/');
    const [from = '', to] = span.split('-');
    const start = span === '*' ? first : value(from);
    const end = span === '*' || (step !== undefined && to === undefined) ? last : value(to ?? from);
    if (!(start >= first && end <= last && start <= end)) throw new Error(`not a field of AWS: ${text}`);
    for (let member = start; member <= end; member += Number(step ?? 1)) members.add(member);
  }
  return members;
}

/** The times of an expression in UTC, from one instant to before another, as ISO 8601. */
export function awsTimes(expression: string, fromMs: number, toMs: number): readonly string[] {
  const fields = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)$/.exec(expression)?.slice(1);
  if (fields === undefined) throw new Error(`not an expression of AWS: ${expression}`);
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = fields;
  if ((date === '?') === (weekday === '?')) throw new Error(`one of the two days must be ?: ${expression}`);
  const minutes = membersOf(minute, 0, 59);
  const hours = membersOf(hour, 0, 23);
  const months = membersOf(month, 1, 12);
  const dates = date === '?' || date === 'L' ? undefined : membersOf(date, 1, 31);
  const weekdays = weekday === '?' ? undefined : membersOf(weekday, 1, 7, WEEKDAYS);
  const isDay = (time: Date) => {
    if (weekdays !== undefined) return weekdays.has(time.getUTCDay() + 1);
    if (dates !== undefined) return dates.has(time.getUTCDate());
    return new Date(time.getTime() + 86_400_000).getUTCDate() === 1;
  };
  const times: string[] = [];
  for (let instant = fromMs; instant < toMs; instant += MINUTE_MS) {
    const time = new Date(instant);
    if (!minutes.has(time.getUTCMinutes()) || !hours.has(time.getUTCHours())) continue;
    if (months.has(time.getUTCMonth() + 1) && isDay(time)) times.push(time.toISOString());
  }
  return times;
}
