const clock = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('ru', { day: '2-digit', month: '2-digit' });

/** 14:23:45 by the clock of whoever looks. */
export function timeOfDay(iso: string | null | undefined): string {
    const date = iso ? new Date(iso) : null;
    return date && !Number.isNaN(date.getTime()) ? clock.format(date) : '';
}

/** 14:23:45.123 */
export function preciseTime(iso: string | null | undefined): string {
    const text = timeOfDay(iso);
    return text && `${text}.${String(new Date(iso!).getMilliseconds()).padStart(3, '0')}`;
}

/** The time, with the day where it is not today's. */
export function shortMoment(iso: string): string {
    const date = new Date(iso);
    return date.toDateString() === new Date().toDateString()
        ? clock.format(date)
        : `${day.format(date)} ${clock.format(date)}`;
}

/** +12,4 с since `from`. */
export function offset(from: string, at: string): string {
    const seconds = (new Date(at).getTime() - new Date(from).getTime()) / 1000;
    return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(1)}`;
}

export function milliseconds(value: number): string {
    return value < 10_000 ? `${value} ms` : `${(value / 1000).toFixed(1)} s`;
}
