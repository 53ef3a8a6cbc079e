import { readFileSync } from 'node:fs';
import { createGateway, type GatewayConfig } from './gateway.ts';
import { createGatewayAdmin } from './gatewayAdmin.ts';

/** The border gateway's process. Its configuration is the JSON file named by `BESACE_GATEWAY_CONFIG`, written by a start. */
const config = JSON.parse(readFileSync(process.env.BESACE_GATEWAY_CONFIG ?? '', 'utf8')) as GatewayConfig;
const gateway = createGateway(config, (event) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
});
gateway.server.listen(config.listen.port, config.listen.host);
createGatewayAdmin(gateway, config.admin.controlToken).listen(config.admin.port, config.admin.host);
