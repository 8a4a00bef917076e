/** What the APIs of the emulator and the sandbox answer (proto/openapi), as far as the pages show it. */

export interface Version {
    text: string;
    at: string;
}

export interface ChatMessage {
    message_id: number;
    deleted: boolean;
    reply_to: number | null;
    from_user?: boolean;
    thread_id?: number | null;
    history: Version[];
    /** JSON text, as it was sent. */
    reply_markup?: string | null;
}

export interface Chat {
    bot_id: number;
    chat_id: number;
    messages: ChatMessage[];
}

/** A request that a sandbox API got, with its answer. */
export interface ApiRequest {
    number?: number;
    api: string;
    account: string;
    method: string;
    at: string;
    parameters: Record<string, unknown>;
    status: number;
    answer: unknown;
    fault?: string;
}

export const apiNames: Record<string, string> = {
    telegram: 'Telegram',
    retailcrm: 'RetailCRM',
    uon: 'U-ON.Travel',
    moysklad: 'МойСклад',
    bitrix24: 'Битрикс24',
    own: 'own',
};

export const apiName = (api: string) => apiNames[api] ?? api;
