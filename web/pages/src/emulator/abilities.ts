import { get } from '../shared/api';

/** What this emulator can do, by its own description: a page may be newer than the service that it looks at. */
export interface Abilities {
    runs: boolean;
    outcome: boolean;
    exports: boolean;
    imports: boolean;
    /** Members of POST /emulate. */
    order: string[];
}

export const noAbilities: Abilities = { runs: false, outcome: false, exports: false, imports: false, order: [] };

interface Description {
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: { Order?: { properties?: Record<string, unknown> } } };
}

export async function abilities(): Promise<Abilities> {
    const { paths, components } = await get<Description>('openapi.json');
    return {
        runs: '/runs' in paths,
        outcome: '/runs/{id}/outcome' in paths,
        exports: '/runs/{id}/export' in paths,
        imports: 'post' in (paths['/patterns'] ?? {}),
        order: Object.keys(components.schemas.Order?.properties ?? {}),
    };
}
