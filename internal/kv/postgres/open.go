package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

// ErrUnsafe is returned by Open, and by calls that need a new connection, when
// the server is set not to sync what it commits.
var ErrUnsafe = errors.New("postgres: the server runs with fsync=off and would lose acknowledged writes")

// Options tune a Store.
type Options struct {
	// Schema and Table name the table; both are made if they are not there. The
	// defaults are sallyport and kv.
	Schema, Table string
	// MaxConns bounds the connections to the server. Each View and Update holds
	// one. 0 is what the URL says with pool_max_conns, or else 16.
	MaxConns int32
	// CommitTimeout bounds the wait for the answer to a commit, which the caller's
	// context does not cut short. 0 is one minute.
	CommitTimeout time.Duration
}

// Store is a kv.Store in a table.
type Store struct {
	gate      *engine.Gate
	pool      *pgxpool.Pool
	sql       statements
	contended engine.Lock // held by an Update that met several conflicts
	opts      Options
}

var _ kv.Store = (*Store)(nil)

// Open connects to the server that url names, as libpq understands it, and
// makes the table if it is not there. ctx bounds Open alone.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	opts.Schema = cmp.Or(opts.Schema, "sallyport")
	opts.Table = cmp.Or(opts.Table, "kv")
	opts.CommitTimeout = cmp.Or(opts.CommitTimeout, time.Minute)
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The error of the parser may quote the URL with its password.
		return nil, errors.New("postgres: the URL of the database cannot be parsed")
	}
	switch explicit, err := pgx.ParseConfig(url); {
	case opts.MaxConns > 0:
		cfg.MaxConns = opts.MaxConns
	case err == nil && explicit.RuntimeParams["pool_max_conns"] == "":
		cfg.MaxConns = 16
	}
	if cfg.ConnConfig.ValidateConnect == nil {
		// A standby would serve stale reads and refuse writes.
		cfg.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	cfg.AfterConnect = prepareConn
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	table := pgx.Identifier{opts.Schema, opts.Table}.Sanitize()
	if err := ensureTable(ctx, pool, opts.Schema, table); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: table %s: %w", table, err)
	}
	return &Store{gate: engine.NewGate(), pool: pool, sql: statementsFor(table), contended: engine.NewLock(), opts: opts}, nil
}

// Close implements kv.Store.
func (s *Store) Close() error {
	if err := s.gate.Close(); err != nil {
		return err
	}
	s.pool.Close()
	return nil
}

// prepareConn makes sure that what is committed on conn is durable. Servers
// that lack a setting have no way to be unsafe by it.
func prepareConn(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT name, setting FROM pg_catalog.pg_settings
		WHERE name IN ('fsync', 'synchronous_commit', 'enable_seqscan')`)
	if err != nil {
		return err
	}
	settings := map[string]string{}
	var name, setting string
	if _, err := pgx.ForEachRow(rows, []any{&name, &setting}, func() error {
		settings[name] = setting
		return nil
	}); err != nil {
		return err
	}
	if settings["fsync"] == "off" {
		return ErrUnsafe
	}
	if settings["synchronous_commit"] == "off" {
		if _, err := conn.Exec(ctx, "SET synchronous_commit = on"); err != nil {
			return err
		}
	}
	// A sequential scan of a small table locks all of it against serializable
	// transactions, which then conflict with everybody.
	if settings["enable_seqscan"] == "on" {
		_, err = conn.Exec(ctx, "SET enable_seqscan = off")
	}
	return err
}

// ensureTable makes the table unless it is there already, so that a role
// without the right to make one can use one that was made for it.
func ensureTable(ctx context.Context, pool *pgxpool.Pool, schema, table string) error {
	var err error
	for range 5 { // gateways that start together make it under each other's feet
		if err = checkTable(ctx, pool, table); err == nil || !hasCode(err, "42P01", "3F000") {
			return err
		}
		for _, sql := range []string{
			"CREATE SCHEMA IF NOT EXISTS " + pgx.Identifier{schema}.Sanitize(),
			"CREATE TABLE IF NOT EXISTS " + table + " (key bytea PRIMARY KEY, value bytea NOT NULL)",
		} {
			if _, err := pool.Exec(ctx, sql); err != nil && !hasCode(err, "23505", "42P06", "42P07", "40001") {
				return err
			}
		}
	}
	return err
}

func checkTable(ctx context.Context, pool *pgxpool.Pool, table string) error {
	rows, err := pool.Query(ctx, "SELECT key, value FROM "+table+" LIMIT 0")
	if err != nil {
		return err
	}
	fields := rows.FieldDescriptions()
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for _, f := range fields {
		if f.DataTypeOID != pgtype.ByteaOID {
			return fmt.Errorf("column %s is not of type bytea", f.Name)
		}
	}
	return nil
}
