import { ApiError } from './api';
import { askForToken } from './TokenDialog';

/** Does `action`; asks for a token where one is needed and does it again. */
export async function withToken<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
        try {
            return await action();
        } catch (error) {
            if (!(error instanceof ApiError) || !error.needsToken) throw error;
            const given = await askForToken();
            if (!given) throw error;
        }
    }
}
