"use strict";
// The notes' table. Items (keys `pk`, `sk`, both strings):
//
//   CUS#<customer id>  NOTE#<note id>   a note: `text`, `created_at`, and `client_id`, who wrote it
//
// A note's id sorts by time, so a customer's notes are one query, newest first.

const { randomInt } = require("node:crypto");
const { Problem } = require("./problems");

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Reads and writes notes. */
class NoteStore {
  /**
   * @param {(operation: string, input: object) => Promise<object>} send makes a call of DynamoDB's
   * @param {string} table its name
   * @param {() => Date} clock gives the times that are stored
   */
  constructor(send, table, clock = () => new Date()) {
    Object.assign(this, { send, table, clock });
  }

  /** Stores a new note. */
  async add(customerId, text, clientId) {
    const now = this.clock();
    const note = { id: newId(now), text, created_at: now.toISOString() };
    const Item = { ...key(customerId, note.id), text: { S: text }, created_at: { S: note.created_at }, client_id: { S: clientId } };
    await this.send("PutItem", { TableName: this.table, Item, ConditionExpression: "attribute_not_exists(pk)" });
    return note;
  }

  /** At most `limit` notes of a customer, newest first, that are older than the note `before`, if one is given. */
  async page(customerId, limit, before) {
    const { Items, LastEvaluatedKey } = await this.send("Query", {
      TableName: this.table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": key(customerId, "").pk },
      ...(before && { ExclusiveStartKey: key(customerId, before) }),
      ScanIndexForward: false,
      Limit: limit,
    });
    const items = Items.map((item) => ({ id: noteId(item), text: item.text.S, created_at: item.created_at.S }));
    return { items, next_cursor: LastEvaluatedKey ? noteId(LastEvaluatedKey) : null };
  }

  /** Deletes a note; throws a Problem where there is none. */
  async remove(customerId, id) {
    const request = { TableName: this.table, Key: key(customerId, id), ConditionExpression: "attribute_exists(pk)" };
    try {
      await this.send("DeleteItem", request);
    } catch (error) {
      throw error.name.endsWith("ConditionalCheckFailedException") ? new Problem("note_not_found") : error;
    }
  }

  /** Fails if the table cannot be read. */
  async check() {
    await this.page("HEALTH", 1);
  }
}

/** An id that sorts by time: 48 bits of milliseconds and 80 of chance, as in a ULID. */
function newId(at) {
  let milliseconds = at.getTime();
  let time = "";
  for (let digit = 0; digit < 10; digit += 1) {
    time = CROCKFORD[milliseconds % 32] + time;
    milliseconds = Math.floor(milliseconds / 32);
  }
  return `note_${time}${Array.from({ length: 16 }, () => CROCKFORD[randomInt(32)]).join("")}`;
}

const key = (customerId, id) => ({ pk: { S: `CUS#${customerId}` }, sk: { S: `NOTE#${id}` } });
const noteId = (item) => item.sk.S.slice("NOTE#".length);

/** The store on DynamoDB, by the AWS SDK that Lambda's runtime brings. */
function dynamoStore() {
  const { DynamoDBClient, PutItemCommand, QueryCommand, DeleteItemCommand } = require("@aws-sdk/client-dynamodb");
  const commands = { PutItem: PutItemCommand, Query: QueryCommand, DeleteItem: DeleteItemCommand };
  // The SDK waits without end, if nobody says otherwise.
  const client = new DynamoDBClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } });
  return new NoteStore((operation, input) => client.send(new commands[operation](input)), process.env.TABLE_NAME);
}

module.exports = { NoteStore, dynamoStore };
