// What the checks share: counting, refusals, and ways to sign in.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');

let passed = 0;
let failed = 0;

async function check(what, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok ${what}`);
  } catch (error) {
    failed += 1;
    const why = String(error.message || error).split('\n').join(' | ');
    console.log(`not ok ${what}: ${why}`);
  }
}

// Prints the count, and tells it to whoever started us.
function conclude(against) {
  console.log(`${against}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

// The error of a call that must be refused with this status and info id.
async function refused(status, id, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    assert.ok(error.response, `no answer: ${error.message}`);
    const infos = error.response.data.infos.info;
    assert.equal(`${error.response.status} ${infos[0].id}`, `${status} ${id}`, infos[0].value);
    assert.equal(infos[0].type, 'ERROR');
    assert.equal(error.message, infos[0].value);
    return error;
  }
  throw new Error(`was accepted: ${JSON.stringify(answer.data || answer)}`);
}

// The last reply as it came, before the library's own classes took it up.
function lastReply() {
  return nlic.Service.getLastHttpRequestInfo();
}

// A property of the last reply's first item, as text, or undefined.
function lastProperty(name) {
  const found = lastReply().data.items.item[0].property.find((property) => property.name === name);
  return found && found.value;
}

function byPassword(base, username, password) {
  return new nlic.Context({ baseUrl: base, username, password })
    .setSecurityMode(nlic.Constants.BASIC_AUTHENTICATION);
}

function byKey(base, apiKey) {
  return new nlic.Context({ baseUrl: base, apiKey })
    .setSecurityMode(nlic.Constants.APIKEY_IDENTIFICATION);
}

function numbers(entities) {
  return entities.map((entity) => entity.getNumber());
}

module.exports = {
  byKey, byPassword, check, conclude, lastProperty, lastReply, numbers, refused,
};
