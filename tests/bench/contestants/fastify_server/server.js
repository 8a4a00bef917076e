// What a good user of Fastify writes: Tokens in memory, one prepared INSERT per request from a pool, access log to a file.
'use strict';
const cluster = require('node:cluster');
const { randomUUID } = require('node:crypto');

const workers = Number(process.env.WORKERS);
if (cluster.isPrimary && workers > 1) {
    for (let i = 0; i < workers; ++i) {
        cluster.fork();
    }
    process.on('SIGTERM', () => process.exit(0));
} else {
    serve();
}

async function serve() {
    const { Pool } = require('pg');
    const pino = require('pino');
    const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });
    const tokens = new Map();
    for (const row of (await pool.query('SELECT name2, number FROM enterprises')).rows) {
        tokens.set(row.name2, row.number);
    }
    // Lines are gathered before they are written, the quick way of pino.
    const log = pino(pino.destination({ dest: process.env.ACCESS_LOG, sync: false, minLength: 4096 }));
    const app = require('fastify')({ logger: false });
    const insert =
        'INSERT INTO events (enterprise_number, event_id, unique_id, event_type, raw_data) VALUES ($1, $2, $3, $4, $5)';
    const answer = {
        response: {
            200: {
                type: 'object',
                properties: { status: { type: 'string' }, event_id: { type: 'string' }, duplicate: { type: 'boolean' } },
            },
        },
        body: {
            type: 'object',
            required: ['UniqueId', 'Token'],
            properties: { UniqueId: { type: 'string' }, Token: { type: 'string' } },
        },
    };
    app.addHook('onResponse', (request, reply, done) => {
        log.info({ method: request.method, url: request.url, ip: request.ip, status: reply.statusCode, ms: reply.elapsedTime });
        done();
    });
    app.get('/ready', async () => ({ status: 'ready' }));
    for (const name of ['start', 'dial', 'bridge', 'bridge_create', 'bridge_leave', 'bridge_destroy', 'new_callerid', 'hangup']) {
        app.post('/' + name, { schema: answer }, async (request, reply) => {
            const body = request.body;
            const enterprise = tokens.get(body.Token);
            if (enterprise === undefined) {
                return reply.code(404).send({ detail: 'no enterprise has this Token' });
            }
            const id = randomUUID();
            await pool.query({ name: 'insert', text: insert, values: [enterprise, id, body.UniqueId, name, JSON.stringify(body)] });
            return { status: 'ok', event_id: id, duplicate: false };
        });
    }
    await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
