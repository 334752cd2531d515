// A statement with its text at hand; prepared it stays at the leader, whoever that is.

export class Statement {
  #client;

  constructor(client, { sql, columns, readonly, parameters }) {
    this.#client = client;
    this.sql = sql;
    this.columns = columns;
    this.readonly = readonly;
    this.parameters = parameters;
  }

  get(parameters, options) {
    return this.#client.get(this.sql, parameters, options);
  }

  all(parameters, options) {
    return this.#client.all(this.sql, parameters, options);
  }

  values(parameters, options) {
    return this.#client.values(this.sql, parameters, options);
  }

  iterate(parameters, options) {
    return this.#client.iterate(this.sql, parameters, options);
  }

  run(parameters, options) {
    return this.#client.run(this.sql, parameters, options);
  }
}
