import type Database from 'better-sqlite3';

const known = new WeakMap<Database.Database, Map<string, Database.Statement<unknown[], unknown>>>();

/** A statement, compiled once for each open database: compiling costs more than running most of them. */
export function statement<Parameters extends unknown[] = unknown[], Row = unknown>(
  database: Database.Database,
  sql: string,
): Database.Statement<Parameters, Row> {
  const statements = known.get(database) ?? new Map<string, Database.Statement<unknown[], unknown>>();
  known.set(database, statements);
  const compiled = statements.get(sql) ?? database.prepare<unknown[], unknown>(sql);
  statements.set(sql, compiled);
  return compiled as unknown as Database.Statement<Parameters, Row>;
}
