"use strict";

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");

const { ROUTES, serve } = require("../app");
const { NoteStore } = require("../store");

const ADA = "cus_01JADA00000000000000000000";
const WRITE = "POST /v1/notes/{customer_id}";
const LIST = "GET /v1/notes/{customer_id}";
const REMOVE = "DELETE /v1/notes/{customer_id}/{note_id}";
const HEALTH = "GET /health/notes";
const NOBODYS = "note_01JADA00000000000000000000";

/** DynamoDB, as far as the store uses it; it remembers what it was asked. */
function table() {
  const items = new Map();
  const made = [];
  const conditional = (holds) => {
    if (!holds) throw Object.assign(new Error("secret"), { name: "com.amazonaws#ConditionalCheckFailedException" });
  };
  const operations = {
    PutItem({ Item }) {
      conditional(!items.has(Item.sk.S));
      items.set(Item.sk.S, Item);
      return {};
    },
    DeleteItem({ Key }) {
      const found = items.get(Key.sk.S);
      conditional(found && found.pk.S === Key.pk.S);
      items.delete(Key.sk.S);
      return {};
    },
    Query({ ExpressionAttributeValues, ExclusiveStartKey, Limit }) {
      const own = [...items.values()].filter((item) => item.pk.S === ExpressionAttributeValues[":pk"].S);
      const sorted = own.sort((one, other) => (one.sk.S < other.sk.S ? 1 : -1));
      const rest = sorted.filter((item) => !ExclusiveStartKey || item.sk.S < ExclusiveStartKey.sk.S);
      const Items = rest.slice(0, Limit);
      const more = Items.length === Limit && { LastEvaluatedKey: { pk: Items.at(-1).pk, sk: Items.at(-1).sk } };
      return { Items, ...more };
    },
  };
  const send = async (operation, input) => {
    made.push({ operation, ...input });
    return operations[operation](input);
  };
  return { send, made };
}

/** The service behind the gateway, for a client with these scopes. */
function service(send, scope = "notes/read notes/write") {
  let now = Date.parse("2026-11-22T15:30:00.000Z");
  const store = new NoteStore(send, "notes-test", () => new Date((now += 1)));
  const handler = serve(() => store);
  return async (routeKey, { path = { customer_id: ADA }, query = "", body, headers = {}, base64 = false } = {}) => {
    const answer = await handler({
      version: "2.0",
      routeKey,
      rawQueryString: query,
      pathParameters: path,
      headers,
      body: typeof body === "object" && body !== null ? JSON.stringify(body) : body,
      isBase64Encoded: base64,
      requestContext: {
        requestId: "request-under-test",
        ...(scope !== null && { authorizer: { jwt: { claims: { client_id: "client-under-test", scope } } } }),
      },
    });
    return { ...answer, json: answer.body && JSON.parse(answer.body) };
  };
}

/** Fails unless an answer is a problem document that says this. */
function problem(answer, status, code) {
  assert.deepEqual([answer.statusCode, answer.json.code], [status, code]);
  assert.equal(answer.headers["Content-Type"], "application/problem+json");
  assert.equal(answer.json.status, status);
  assert.equal(answer.json.request_id, "request-under-test");
  assert.equal(answer.headers["Dossier-Request-Id"], "request-under-test");
}

test("what is public takes a scope where the deployment says so", async (context) => {
  process.env.PUBLIC_SCOPE = "registry/read";
  context.after(() => delete process.env.PUBLIC_SCOPE);
  problem(await service(table().send, null)(HEALTH), 401, "unauthenticated");
  problem(await service(table().send)(HEALTH), 403, "insufficient_scope");
  assert.equal((await service(table().send, "registry/read")(HEALTH)).statusCode, 200);
});

test("a note that is written is in the list", async () => {
  const call = service(table().send);
  const written = await call(WRITE, { body: { text: "Call in the morning." } });
  assert.equal(written.statusCode, 201);
  assert.match(written.json.id, /^note_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.equal(written.json.created_at, "2026-11-22T15:30:00.001Z");
  const listed = await call(LIST);
  assert.deepEqual(listed.json, { items: [written.json], next_cursor: null });
  assert.equal(listed.headers["Cache-Control"], "no-store");
});

test("who wrote a note is kept with it", async () => {
  const { send, made } = table();
  await service(send)(WRITE, { body: { text: "x" } });
  assert.deepEqual(made[0].Item.client_id, { S: "client-under-test" });
});

test("a list is newest first, and its pages follow one another", async () => {
  const call = service(table().send);
  const ids = [];
  for (const text of ["one", "two", "three"]) ids.unshift((await call(WRITE, { body: { text } })).json.id);
  const first = (await call(LIST, { query: "limit=2" })).json;
  const second = (await call(LIST, { query: `limit=2&cursor=${first.next_cursor}` })).json;
  assert.deepEqual([...first.items, ...second.items].map((note) => note.id), ids);
  assert.equal(second.next_cursor, null);
});

test("another customer's notes are not in the list", async () => {
  const call = service(table().send);
  await call(WRITE, { body: { text: "x" } });
  const other = await call(LIST, { path: { customer_id: ADA.replace("ADA", "EVE") } });
  assert.deepEqual(other.json.items, []);
});

test("a deleted note is gone, and cannot be deleted again", async () => {
  const call = service(table().send);
  const { id } = (await call(WRITE, { body: { text: "x" } })).json;
  const path = { customer_id: ADA, note_id: id };
  const removed = await call(REMOVE, { path });
  assert.deepEqual([removed.statusCode, removed.body], [204, undefined]);
  problem(await call(REMOVE, { path }), 404, "note_not_found");
  assert.deepEqual((await call(LIST)).json.items, []);
});

test("a note of another customer cannot be deleted", async () => {
  const call = service(table().send);
  const { id } = (await call(WRITE, { body: { text: "x" } })).json;
  problem(await call(REMOVE, { path: { customer_id: ADA.replace("ADA", "EVE"), note_id: id } }), 404, "note_not_found");
});

for (const [routeKey, path, code] of [
  [WRITE, { customer_id: "nobody" }, "customer_not_found"],
  [LIST, { customer_id: "..%2F" }, "customer_not_found"],
  [REMOVE, { customer_id: ADA, note_id: "note_1" }, "note_not_found"],
  [REMOVE, { customer_id: "%00", note_id: NOBODYS }, "customer_not_found"],
]) {
  test(`${routeKey} of ${JSON.stringify(path)} is ${code}, and the table is not asked`, async () => {
    const { send, made } = table();
    problem(await service(send)(routeKey, { path, body: { text: "x" } }), 404, code);
    assert.deepEqual(made, []);
  });
}

for (const [body, status, code, pointer] of [
  ["", 400, "malformed_body"],
  ["{", 400, "malformed_body"],
  [undefined, 400, "malformed_body"],
  ["[]", 422, "invalid_request", ""],
  ["null", 422, "invalid_request", ""],
  [{}, 422, "invalid_request", "/text"],
  [{ text: 7 }, 422, "invalid_request", "/text"],
  [{ text: " " }, 422, "invalid_request", "/text"],
  [{ text: "secret".repeat(400) }, 422, "invalid_request", "/text"],
  [{ text: "\u00a0\n\u3000" }, 422, "invalid_request", "/text"],
  ['{"text": "\\ud800"}', 422, "invalid_request", "/text"],
  [{ text: "😀".repeat(2001) }, 422, "invalid_request", "/text"],
  [{ text: "x", colour: "secret" }, 422, "invalid_request", "/colour"],
  [{ text: "x", "a/b~c": 1 }, 422, "invalid_request", "/a~1b~0c"],
  [{ text: "x".repeat(33 * 1024) }, 413, "body_too_large"],
]) {
  test(`a body ${JSON.stringify(body)?.slice(0, 20)} is ${code} ${pointer ?? ""}`, async () => {
    const { send, made } = table();
    const answer = await service(send)(WRITE, { body });
    problem(answer, status, code);
    assert.deepEqual(answer.json.errors?.map((error) => error.pointer), pointer === undefined ? undefined : [pointer]);
    assert.doesNotMatch(answer.body, /secret/);
    assert.deepEqual(made, []);
  });
}

test("a body is UTF-8, however the gateway hands it over", async () => {
  const call = service(table().send);
  const body = Buffer.from('{"text": "Grüße"}').toString("base64");
  assert.equal((await call(WRITE, { body, base64: true })).json.text, "Grüße");
  const latin1 = Buffer.from('{"text": "Gr\xfc\xdfe"}', "latin1").toString("base64");
  problem(await call(WRITE, { body: latin1, base64: true }), 400, "malformed_body");
});

test("a character is a code point", async () => {
  const text = "😀".repeat(2000);
  assert.equal((await service(table().send)(WRITE, { body: { text } })).json.text, text);
});

test("another media type is refused, and JSON with parameters is not", async () => {
  const call = service(table().send);
  const send = (type) => call(WRITE, { body: { text: "x" }, headers: { "content-type": type } });
  problem(await send("text/plain"), 415, "unsupported_media_type");
  assert.equal((await send("Application/JSON; charset=utf-8")).statusCode, 201);
});

for (const query of ["limit=0", "limit=101", "limit=2.5", "limit=", "limit=1&limit=2", "cursor=x", "colour=red", "a%2Fb=1"]) {
  test(`a list refuses ?${query}`, async () => {
    problem(await service(table().send)(LIST, { query }), 422, "invalid_request");
  });
}

for (const routeKey of [HEALTH, "GET /openapi/notes"]) {
  test(`${routeKey} takes no query`, async () => {
    problem(await service(table().send, null)(routeKey, { query: "colour=red" }), 422, "invalid_request");
  });
}

const SCOPED = Object.entries(ROUTES).filter(([, [scope]]) => scope);
const PATH = { customer_id: ADA, note_id: NOBODYS };
for (const [routeKey, [scope]] of SCOPED) {
  test(`${routeKey} opens to ${scope} alone`, async () => {
    const { send, made } = table();
    problem(await service(send, null)(routeKey, { path: PATH }), 401, "unauthenticated");
    const others = SCOPED.map(([, [other]]) => other).filter((other) => other !== scope);
    for (const other of ["", "notes", ...others]) {
      problem(await service(send, other)(routeKey, { path: PATH }), 403, "insufficient_scope");
    }
    assert.deepEqual(made, []);
    const answer = await service(send, scope)(routeKey, { path: PATH, body: { text: "x" } });
    assert.ok(![401, 403].includes(answer.statusCode));
  });
}

test("a service that reads its table is well, and says so to anybody", async () => {
  const answer = await service(table().send, null)(HEALTH);
  assert.deepEqual([answer.statusCode, answer.json.status], [200, "ok"]);
});

/** What a client is told when AWS refuses a call. */
async function refused(error) {
  const answer = await service(async () => Promise.reject(Object.assign(new Error("secret"), error)))(HEALTH);
  assert.doesNotMatch(answer.body, /secret/);
  return answer;
}

for (const error of [
  { name: "ThrottlingException", $metadata: { httpStatusCode: 400 } },
  { name: "ProvisionedThroughputExceededException", statusCode: 400 },
  { name: "Error", statusCode: 429 },
  { name: "InternalServerError", $metadata: { httpStatusCode: 500 } },
  { name: "TimeoutError", $metadata: { attempts: 3 } },
]) {
  test(`${error.name} of AWS passes, so the request may be tried again`, async () => {
    const answer = await refused(error);
    problem(answer, 503, "dependency_unavailable");
    assert.equal(answer.headers["Retry-After"], "1");
  });
}

for (const error of [
  { name: "AccessDeniedException", statusCode: 400 },
  { name: "ValidationException", $metadata: { httpStatusCode: 400 } },
]) {
  test(`${error.name} of AWS is our defect`, async () => {
    problem(await refused(error), 500, "internal_error");
  });
}

test("a defect is a problem document too", async () => {
  const answer = await service(async () => Promise.reject(new TypeError("secret")))(HEALTH);
  problem(answer, 500, "internal_error");
  assert.doesNotMatch(answer.body, /secret/);
});

test("a route that only the gateway knows is not found", async () => {
  problem(await service(table().send)("GET /v2/notes"), 404, "unknown_route");
});

test("the template, the code and the OpenAPI document have the same routes and scopes", async () => {
  const template = readFileSync(join(__dirname, "..", "template.yaml"), "utf8");
  const declared = [...template.matchAll(/RouteKey: (\S+ \S+)[^]*?(?=\n {2}\w|\nOutputs)/g)].map(([text, routeKey]) => [
    routeKey,
    text.match(/AuthorizationScopes: \[(.*)\]/)?.[1] ?? null,
  ]);
  const served = Object.entries(ROUTES).map(([routeKey, [scope]]) => [routeKey, scope]);
  const { paths } = (await service(table().send, null)("GET /openapi/notes")).json;
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => [`${method.toUpperCase()} ${path}`, security[0]?.oauth2[0] ?? null]),
  );
  assert.deepEqual(declared.sort(), served.sort());
  assert.deepEqual(documented.sort(), served.sort());
});
