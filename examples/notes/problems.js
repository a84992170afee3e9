"use strict";
// Problem documents (RFC 9457), with the codes that every service here uses, and one of this service's own.

const TITLES = {
  malformed_body: [400, "The body is not JSON"],
  unauthenticated: [401, "The access token is missing or not valid"],
  insufficient_scope: [403, "The access token lacks the required scope"],
  unknown_route: [404, "No route has this method and path"],
  customer_not_found: [404, "No customer has this id"],
  note_not_found: [404, "There is no such note"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The media type of the body is unsupported"],
  invalid_request: [422, "Request body, query or path is invalid"],
  internal_error: [500, "The service failed"],
  dependency_unavailable: [503, "DynamoDB or KMS is unavailable"],
};
const OWN = new Set(["note_not_found"]);

// The public base URL of the gateway; without one, the type is relative to the request.
const GATEWAY = (process.env.GATEWAY_URL ?? "").replace(/\/+$/, "");

/** Problem document of a request; `errors` are {pointer, message}, and never contain the rejected value. */
class Problem extends Error {
  constructor(code, { detail, errors, headers = {} } = {}) {
    super(code);
    const [status, title] = TITLES[code];
    this.status = status;
    this.headers = headers;
    // A code without a page of its own has no type (RFC 9457, section 4.2.1).
    this.members = { type: OWN.has(code) ? "about:blank" : `${GATEWAY}/docs/problems#${code}`, title, status, detail, code, errors };
  }

  /** The document; members without a value are left out. */
  document(requestId) {
    return JSON.stringify({ ...this.members, request_id: requestId });
  }
}

module.exports = { Problem };
