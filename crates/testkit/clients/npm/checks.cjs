// Drives a server, and then an agent, by the official client library for Node.
//
//   node checks.cjs server ADDRESS LOGIN PASSWORD    a whole life cycle of every service
//   node checks.cjs agent  ADDRESS APIKEY            the validations alone
//
// ADDRESS is http://host:port. Each check prints a line that begins with "ok" or "not ok"; the
// last line counts them. The server's run leaves the licensee I-OFFLINE behind, untouched, for the
// agent's run to be asked about.
'use strict';

const nlic = require('netlicensing-client');
const {
  byKey, byPassword, check, conclude, refused,
} = require('./harness.cjs');
const { catalogue, catalogueRemovals } = require('./catalogue.cjs');
const {
  customerRemovals, customers, lists, transfers,
} = require('./customers.cjs');
const { onlineValidations, validations } = require('./validations.cjs');
const {
  bundles, paymentMethods, shop, transactions,
} = require('./sales.cjs');
const { keys, signingKeys, tokens } = require('./access.cjs');
const { notifications } = require('./notifications.cjs');
const { errors } = require('./errors.cjs');

async function driveServer(base, login, password) {
  const context = byPassword(base, login, password);
  await catalogue(context);
  await customers(context);
  await lists(context);
  await validations(context, 'I-ONLINE');
  await onlineValidations(context);
  await transfers(context);
  await shop(context);
  await transactions(context);
  await bundles(context);
  await paymentMethods(context);
  await tokens(context);
  await keys(context, base);
  await signingKeys(context, base);
  await errors(context, base);
  await customerRemovals(context);
  await catalogueRemovals(context);
  await notifications(context);
}

async function driveAgent(base, key) {
  const context = byKey(base, key);
  await validations(context, 'I-OFFLINE');
  await check('the agent has no vendor functions', async () => {
    await refused(404, 'NotFoundException', () => nlic.ProductService.get(context, 'P'));
    await refused(404, 'NotFoundException', () => nlic.LicenseService.list(context));
  });
  await check('the agent demands a key', async () => {
    await refused(401, 'AuthenticationException', () => nlic.LicenseeService.validate(
      byKey(base, 'no key of ours'), 'I-OFFLINE', new nlic.ValidationParameters(),
    ));
  });
}

async function main([against, address, ...credentials]) {
  if (against === 'server') {
    await driveServer(`${address}/core/v2/rest`, ...credentials);
  } else {
    // The base path of the original's agent.
    await driveAgent(`${address}/rest`, ...credentials);
  }
  conclude(against);
}

main(process.argv.slice(2));
