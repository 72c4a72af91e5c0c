// Validations, with every parameter that the library sends.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const { check, lastReply, refused } = require('./harness.cjs');

async function validations(context, licensee) {
  const ask = async (parameters = {}) => {
    const question = new nlic.ValidationParameters();
    for (const [module, values] of Object.entries(parameters)) {
      question.setProductModuleValidationParameters(module, values);
    }
    return nlic.LicenseeService.validate(context, licensee, question);
  };
  const about = (results, module) => results.getProductModuleValidation(module);

  await check('a dry run changes nothing', async () => {
    const question = new nlic.ValidationParameters();
    question.setDryRun(true);
    question.setProductModuleValidationParameters('M-PPU', { usedQuantity: 10 });
    const results = await nlic.LicenseeService.validate(context, licensee, question);
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('validation without parameters', async () => {
    const results = await ask();
    assert.ok(results.getTtl() > new Date());
    assert.equal(String(about(results, 'M-SUB').valid), 'true');
    assert.equal(about(results, 'M-SUB').licensingModel, 'Subscription');
    assert.ok(new Date(about(results, 'M-SUB').expires) > new Date());
    assert.equal(String(about(results, 'M-FEA')['E-FEA'][0].valid), 'true');
    assert.equal(String(about(results, 'M-FEA')['E-FEA2'][0].valid), 'false');
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '35');
    assert.equal(about(results, 'M-PPU').warningLevel, 'GREEN');
  });
  await check('used quantity is written off', async () => {
    const results = await ask({ 'M-PPU': { usedQuantity: 10 } });
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('more than remains cannot be reserved', async () => {
    const results = await ask({ 'M-PPU': { reserveQuantity: 26 } });
    assert.equal(String(about(results, 'M-PPU').valid), 'false');
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('a session checks out', async () => {
    const results = await ask({ 'M-FLO': { sessionId: 'first', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'true');
    assert.ok(about(results, 'M-FLO').expirationTimestamp);
  });
  await check('a second session finds no seat', async () => {
    const results = await ask({ 'M-FLO': { sessionId: 'second', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'false');
  });
  await check('a check-in frees the seat', async () => {
    // This version of the library cannot read an answer without a ttl, as a check-in's is.
    await assert.rejects(ask({ 'M-FLO': { sessionId: 'first', action: 'checkIn' } }), /Bad ttl/);
    const last = lastReply();
    assert.equal(last.status, 200);
    assert.equal(last.data.ttl, null);
    const results = await ask({ 'M-FLO': { sessionId: 'second', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'true');
  });
  await check('a node is bound, another is not', async () => {
    const mine = await ask({ 'M-NOD': { nodeSecret: 'one' } });
    assert.equal(String(about(mine, 'M-NOD').valid), 'true');
    const other = await ask({ 'M-NOD': { nodeSecret: 'two' } });
    assert.equal(String(about(other, 'M-NOD').valid), 'false');
  });
  await check('a malformed parameter is a warning', async () => {
    const results = await ask({ 'M-PPU': { usedQuantity: 'many' } });
    assert.equal(String(about(results, 'M-PPU').valid), 'false');
    const infos = lastReply().data.infos.info;
    assert.ok(infos.some(({ id, type }) => id === 'malformedParameter' && type === 'WARNING'));
  });
  await check('an unknown licensee is refused', async () => {
    await refused(404, 'NotFoundException', () => nlic.LicenseeService.validate(
      context, 'nobody', new nlic.ValidationParameters(),
    ));
  });
}

// What only the server does.
async function onlineValidations(context) {
  await check('a licensee that is not known is created by its validation', async () => {
    await nlic.ProductService.create(context, new nlic.Product({
      number: 'P-AUTO', name: 'Self-service', licenseeAutoCreate: true,
    }));
    await nlic.ProductModuleService.create(context, 'P-AUTO', new nlic.ProductModule({
      number: 'M-AUTO', name: 'Evaluation', licensingModel: 'TryAndBuy',
    }));
    await nlic.LicenseTemplateService.create(context, 'M-AUTO', new nlic.LicenseTemplate({
      number: 'E-AUTO', name: 'A week', licenseType: 'TIMEVOLUME', timeVolume: 7, automatic: true,
    }));
    const question = new nlic.ValidationParameters()
      .setProductNumber('P-AUTO')
      .setLicenseeName('A newcomer')
      .setLicenseeProperty('city', 'Munich');
    const results = await nlic.LicenseeService.validate(context, 'I-NEW', question);
    const evaluation = results.getProductModuleValidation('M-AUTO');
    assert.equal(evaluation.valid, 'true');
    assert.equal(evaluation.evaluation, 'true');
    const licensee = await nlic.LicenseeService.get(context, 'I-NEW');
    assert.equal(licensee.getName(), 'A newcomer');
    assert.equal(licensee.getProductNumber(), 'P-AUTO');
    assert.equal(licensee.getProperty('city'), 'Munich');
  });
  await check('a validation for offline use shows the licensee first', async () => {
    const question = new nlic.ValidationParameters().setForOfflineUse(true);
    const results = await nlic.LicenseeService.validate(context, 'I-NEW', question);
    assert.ok(results.getProductModuleValidation('M-AUTO'));
    const [licensee] = lastReply().data.items.item;
    assert.equal(licensee.type, 'Licensee');
    const shown = Object.fromEntries(licensee.property.map(({ name, value }) => [name, value]));
    assert.equal(shown.number, 'I-NEW');
    assert.equal(shown.licenseeNumber, 'I-NEW');
    assert.equal(shown.city, 'Munich');
  });
}

module.exports = { onlineValidations, validations };
