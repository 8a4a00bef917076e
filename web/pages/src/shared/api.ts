/** Calls of our own services: problem+json as errors, the internal token where one is needed. */

export interface Problem {
    title: string;
    status: number;
    detail: string;
    errors?: { path: string; detail: string }[];
}

export class ApiError extends Error {
    constructor(
        /** 0: no answer came at all. */
        readonly status: number,
        readonly problem: Problem,
    ) {
        super(problem.detail || problem.title);
    }

    /** The service did not answer, or a proxy answered in its place. */
    get isAway() {
        return this.status === 0 || this.status === 502 || this.status === 504;
    }

    /** The caller is to identify itself. A refused target is 403 too, but no matter of tokens. */
    get needsToken() {
        return this.status === 401 || (this.status === 403 && !/target/i.test(this.problem.detail));
    }
}

/** INTERNAL_TOKEN, which is wanted from other machines; lives as long as the tab. */
export const token = {
    get: () => sessionStorage.getItem('trunkline.INTERNAL_TOKEN') ?? '',
    set: (value: string) => sessionStorage.setItem('trunkline.INTERNAL_TOKEN', value),
};

/** The service's root: the page lies directly below it. */
export function url(path: string): string {
    return new URL(path, new URL('.', location.href)).href;
}

async function problemOf(response: Response): Promise<ApiError> {
    const text = await response.text().catch(() => '');
    try {
        const problem = JSON.parse(text) as Problem;
        return new ApiError(response.status, { ...problem, detail: problem.detail ?? problem.title ?? '' });
    } catch {
        return new ApiError(response.status, {
            title: response.statusText,
            status: response.status,
            detail: text.slice(0, 200) || response.statusText,
        });
    }
}

export interface Asked extends RequestInit {
    headers?: Record<string, string>;
}

/** fetch() that throws ApiError for whatever is not 2xx. */
export async function request(path: string, { headers = {}, ...init }: Asked = {}): Promise<Response> {
    const known = token.get();
    let response: Response;
    try {
        response = await fetch(url(path), {
            ...init,
            headers: known ? { Authorization: `Bearer ${known}`, ...headers } : headers,
            cache: 'no-store',
        });
    } catch (error) {
        if (init.signal?.aborted) throw error;
        throw new ApiError(0, { title: 'No answer', status: 0, detail: '' });
    }
    if (!response.ok) throw await problemOf(response);
    return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await request(path, { signal });
    return (await response.json()) as T;
}

export async function send<T>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const response = await request(path, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    });
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
}
