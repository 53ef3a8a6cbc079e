import { readFileSync } from 'node:fs';
import { createWebFront, type WebFrontConfig } from './webFront.ts';

/** The web front's process. Its configuration is the JSON file named by `BESACE_FRONT_CONFIG`, written by a start. */
const config = JSON.parse(readFileSync(process.env.BESACE_FRONT_CONFIG ?? '', 'utf8')) as WebFrontConfig;
const server = createWebFront(config, (error) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), error: error.message })}\n`);
});
server.listen(config.listen.port, config.listen.host);
