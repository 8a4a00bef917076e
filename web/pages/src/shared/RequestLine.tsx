import { useT } from './i18n';
import { Json, unpacked } from './Json';
import { apiName, type ApiRequest } from './model';
import { Line, StatusTag, Tag } from './parts';
import { preciseTime, timeOfDay } from './time';

/** The values that tell one request from another, found anywhere in its parameters. */
const telling = [
    'type',
    'text',
    'phone',
    'codes',
    'code',
    'result',
    'hangupStatus',
    'duration',
    'message',
    'PHONE_NUMBER',
    'CALL_ID',
];

function find(value: unknown, name: string): unknown {
    if (!value || typeof value !== 'object') return undefined;
    if (!Array.isArray(value) && name in value) return (value as Record<string, unknown>)[name];
    for (const each of Object.values(value)) {
        const found = find(each, name);
        if (found !== undefined) return found;
    }
    return undefined;
}

export function gist(parameters: Record<string, unknown>): string {
    const all = unpacked(parameters);
    const parts: string[] = [];
    for (const name of telling) {
        const value = find(all, name);
        if (
            value === undefined ||
            value === null ||
            value === '' ||
            (typeof value === 'object' && !Array.isArray(value))
        )
            continue;
        parts.push(Array.isArray(value) ? value.join(', ') : String(value));
        if (parts.length === 4) break;
    }
    return parts.join(' · ');
}

export function RequestLine({ request, withApi = false }: { request: ApiRequest; withApi?: boolean }) {
    const t = useT();
    const [verb, path] = request.method.includes(' ') ? request.method.split(/ (.*)/) : ['', request.method];
    return (
        <Line
            head={
                <>
                    <time className="muted request-time" dateTime={request.at} title={preciseTime(request.at)}>
                        {timeOfDay(request.at)}
                    </time>
                    {withApi && <span className="request-api clip">{apiName(request.api)}</span>}
                    <span className="request-what">
                        <span className="request-method clip" title={request.method}>
                            {verb && <span className="muted">{verb} </span>}
                            {path?.split('/').slice(-2).join('/')}
                        </span>
                        <span className="request-gist muted clip">{gist(request.parameters)}</span>
                    </span>
                    {request.fault && (
                        <Tag tone="warn">
                            {t('сбой', 'fault')}: {request.fault}
                        </Tag>
                    )}
                    <StatusTag status={request.status} />
                </>
            }
        >
            {() => (
                <>
                    <Json value={request.parameters} label={t('Параметры', 'Parameters')} />
                    <Json value={request.answer} label={t('Ответ', 'Answer')} />
                </>
            )}
        </Line>
    );
}
