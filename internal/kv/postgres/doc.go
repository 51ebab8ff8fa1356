// Package postgres is the kv engine on a server that speaks PostgreSQL's
// protocol: PostgreSQL 15 or later, and by the same statements CockroachDB and
// YugabyteDB. Any number of gateways share one such database.
//
// Everything is one table of two bytea columns, whose order is byte order. An
// Update is a SERIALIZABLE transaction that is run again when the server says it
// met another. Its writes stay in memory until fn returns and then travel, in
// one flight, together with the commit. A View is a READ ONLY transaction on one
// snapshot (REPEATABLE READ, which never has to be run again); it can be asked
// whether updates that are concurrent with it happened, but not in which order.
//
// An Update is never run again once its commit was sent and its answer lost:
// that is kv.ErrUncertain.
//
// postgres must not know what is stored.
package postgres
