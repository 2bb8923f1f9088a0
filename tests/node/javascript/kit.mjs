// fhir-kit-client against the node at argv[2], with the token argv[3].
import assert from "node:assert/strict";
import { Client } from "fhir-kit-client";

const client = new Client({ baseUrl: process.argv[2], bearerToken: process.argv[3] });
const family = "Kit";
const made = await client.create({
  resourceType: "Patient",
  body: { resourceType: "Patient", name: [{ family }], gender: "female" },
});
const named = { resourceType: "Patient", id: made.id };
assert.equal((await client.read(named)).name[0].family, family);
const updated = await client.update({ ...named, body: { ...made, gender: "other" } });
assert.equal(updated.gender, "other");
const patched = await client.patch({
  ...named,
  jsonPatch: [{ op: "replace", path: "/gender", value: "male" }],
});
assert.equal(patched.gender, "male");
assert.equal((await client.vread({ ...named, version: "1" })).gender, "female");
assert.equal((await client.history(named)).entry.length, 3);

const weight = {
  resourceType: "Observation",
  status: "final",
  code: { text: "Weight" },
  subject: { reference: `Patient/${made.id}` },
};
const entry = [1, 2, 3].map(() => ({
  resource: weight,
  request: { method: "POST", url: "Observation" },
}));
const done = await client.transaction({
  body: { resourceType: "Bundle", type: "transaction", entry },
});
assert.ok(done.entry.every((each) => each.response.status.startsWith("201")));

const matches = (bundle) => bundle.entry.filter((each) => each.search.mode === "match");
let page = await client.search({
  resourceType: "Observation",
  searchParams: { patient: made.id, _count: 2 },
});
assert.equal(page.total, 3);
let found = matches(page).length;
page = await client.nextPage({ bundle: page });
found += matches(page).length;
assert.equal(found, 3);

const whole = await client.operation({ ...named, name: "everything", method: "get" });
assert.equal(matches(whole).length, 4);
const statement = await client.capabilityStatement();
assert.equal(statement.fhirVersion, "4.0.1");
await client.delete(named);
await assert.rejects(client.read(named));
