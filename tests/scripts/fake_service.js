#!/usr/bin/env node
// Stands in for a service in scripts_test.sh: as much of one as the lifecycle scripts see. FAKE_CRASH, FAKE_NEVER_READY,
// FAKE_BAD_CONFIG and FAKE_DEAF say how it misbehaves.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const name = path.basename(process.argv[1]);
const port = Number(process.env[`${name.toUpperCase().replaceAll('-', '_')}_PORT`]);
if (process.argv.includes('--check-config')) {
    if (process.env.FAKE_BAD_CONFIG) {
        console.error('FAKE_BAD_CONFIG: "yes" is not a number');
        process.exit(1);
    }
    process.exit(0);
}
fs.appendFileSync(path.join('logs', `${name}.log`), `start of ${name} on ${port}\n`);
fs.writeFileSync(path.join('logs', `${name}.environment`), JSON.stringify(process.env));
if (process.env.FAKE_CRASH) {
    console.error(`${name}: the reason of its end`);
    process.exit(1);
}
http.createServer((request, response) => {
    response.statusCode = process.env.FAKE_NEVER_READY ? 503 : 200;
    response.end(JSON.stringify({ reason: 'database: away' }));
}).listen(port, '127.0.0.1');
process.on('SIGTERM', () => {
    if (!process.env.FAKE_DEAF) process.exit(0);
});
