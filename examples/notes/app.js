"use strict";
// Notes on a customer: a service in Node.js behind the shared gateway (HTTP API, payload format 2.0).

const openapi = require("./openapi.json");
const { Problem } = require("./problems");
const { dynamoStore } = require("./store");

const MAX_BODY_BYTES = 32 * 1024;
const MAX_TEXT = 2000;
const CUSTOMER_ID = /^cus_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
// Refusals of AWS that pass by themselves, as their names have it.
const PASSING = /Throttl|Throughput|LimitExceeded|TooManyRequests/;
const NOTE_ID = /^note_[0-9A-HJKMNP-TV-Z]{26}$/;

// Each route with the scope that opens it, null for a public one, as template.yaml has it.
const ROUTES = {
  "POST /v1/notes/{customer_id}": ["notes/write", addNote],
  "GET /v1/notes/{customer_id}": ["notes/read", listNotes],
  "DELETE /v1/notes/{customer_id}/{note_id}": ["notes/write", removeNote],
  "GET /health/notes": [null, health],
  "GET /openapi/notes": [null, document],
};

async function addNote(request, store) {
  query(request, []);
  const note = await store.add(customerId(request), noteText(request), request.claims.client_id);
  return reply(201, note);
}

async function listNotes(request, store) {
  const { limit = "20", cursor } = query(request, ["limit", "cursor"]);
  if (!/^([1-9][0-9]?|100)$/.test(limit)) throw invalid("/limit", "A whole number from 1 to 100");
  if (cursor !== undefined && !NOTE_ID.test(cursor)) throw invalid("/cursor", "Take next_cursor of the page before");
  return reply(200, await store.page(customerId(request), Number(limit), cursor));
}

async function removeNote(request, store) {
  query(request, []);
  await store.remove(customerId(request), noteId(request));
  return reply(204);
}

async function health(request, store) {
  query(request, []);
  await store.check();
  return reply(200, { service: "notes", version: process.env.SERVICE_VERSION ?? "unreleased", status: "ok" });
}

async function document(request) {
  query(request, []);
  return reply(200, openapi);
}

/**
 * The function that Lambda calls.
 * @param {() => object} getStore gives the store, when a request needs it
 */
function serve(getStore) {
  return async (event) => {
    const started = performance.now();
    const requestId = event.requestContext.requestId;
    const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
    const fields = { service: "notes", request_id: requestId, route_key: event.routeKey, client_id: claims.client_id };
    let answer;
    try {
      answer = await dispatch(event, claims, getStore);
    } catch (error) {
      const problem = error instanceof Problem ? error : failure(error, fields);
      const headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...problem.headers };
      answer = { statusCode: problem.status, headers, body: problem.document(requestId) };
    }
    answer.headers["Dossier-Request-Id"] = requestId;
    log("INFO", "request", { ...fields, status: answer.statusCode, duration_ms: Math.round(performance.now() - started) });
    return answer;
  };
}

async function dispatch(event, claims, getStore) {
  const [own, view] = ROUTES[event.routeKey] ?? [];
  if (!view) throw new Problem("unknown_route");
  // Where a deployment leaves nothing public, it says which scope takes the place of none.
  const scope = own ?? process.env.PUBLIC_SCOPE;
  // The gateway has checked this; a function that trusts nobody checks it again.
  if (scope && !claims.client_id) throw new Problem("unauthenticated", { headers: { "WWW-Authenticate": "Bearer" } });
  if (scope && !(claims.scope ?? "").split(" ").includes(scope)) throw new Problem("insufficient_scope");
  return view({ event, claims }, getStore());
}

/** The query, whose parameters are among `known`, each given once. */
function query({ event }, known) {
  const given = {};
  for (const [name, value] of new URLSearchParams(event.rawQueryString ?? "")) {
    if (!known.includes(name)) throw invalid(pointer(name), "Not known here");
    if (name in given) throw invalid(pointer(name), "Given more than once");
    given[name] = value;
  }
  return given;
}

function customerId({ event }) {
  const id = event.pathParameters.customer_id;
  if (!CUSTOMER_ID.test(id)) throw new Problem("customer_not_found");
  return id;
}

function noteId({ event }) {
  const id = event.pathParameters.note_id;
  if (!NOTE_ID.test(id)) throw new Problem("note_not_found");
  return id;
}

function noteText({ event }) {
  const mediaType = (event.headers["content-type"] ?? "application/json").split(";")[0].trim().toLowerCase();
  if (mediaType !== "application/json") throw new Problem("unsupported_media_type");
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (body.length > MAX_BODY_BYTES) throw new Problem("body_too_large");
  const { text, ...others } = parsed(body);
  const unknown = Object.keys(others).map((name) => ({ pointer: pointer(name), message: "Not known here" }));
  const message = `A text of 1 to ${MAX_TEXT} characters, not all of them white space`;
  const errors = isText(text) ? unknown : [...unknown, { pointer: "/text", message }];
  if (errors.length) throw new Problem("invalid_request", { errors });
  return text;
}

/** Characters are code points, as in JSON Schema; half of a surrogate pair is none, and DynamoDB would not take it. */
function isText(value) {
  return typeof value === "string" && value.isWellFormed() && value.trim() !== "" && [...value].length <= MAX_TEXT;
}

function parsed(body) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Problem("malformed_body");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw invalid("", "An object");
  return value;
}

const invalid = (place, message) => new Problem("invalid_request", { errors: [{ pointer: place, message }] });

/** The JSON Pointer of a member (RFC 6901). */
const pointer = (name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** What a client is told of a failure that no view foresaw: come back if it is AWS's and passes, else that it is our defect. */
function failure(error, fields) {
  // Its name, not its text, which may hold what was sent.
  log("ERROR", "failure", { ...fields, error: error.name, stack: error.stack?.match(/\bat .*/g)?.slice(0, 5) });
  const status = error.$metadata?.httpStatusCode ?? error.statusCode;
  const ofAws = error.$metadata !== undefined || status !== undefined;
  // What AWS calls a client's error is ours: a call that it does not understand or allow.
  const ours = status >= 400 && status < 500 && status !== 429 && !PASSING.test(error.name);
  return ofAws && !ours ? new Problem("dependency_unavailable", { headers: { "Retry-After": "1" } }) : new Problem("internal_error");
}

function reply(statusCode, body) {
  const headers = { "Cache-Control": "no-store" };
  if (body === undefined) return { statusCode, headers };
  return { statusCode, headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function log(level, message, fields) {
  // Not console.log, which in Lambda writes a prefix that is no JSON.
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}

let store;
const handler = serve(() => (store ??= dynamoStore()));

module.exports = { ROUTES, handler, serve };
