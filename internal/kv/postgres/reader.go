package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/kv"
	"github.com/sallyport/sallyport/internal/kv/internal/engine"
)

// How long a connection that is given back may take to roll back.
const rollbackTimeout = 5 * time.Second

var errGone = errors.New("postgres: a reader or transaction was used after its function returned")

// reader reads in one transaction, which travels to the server together with
// its first statement.
type reader struct {
	ctx   context.Context
	conn  *pgx.Conn // nil once the function has returned
	sql   *statements
	begin string
	begun bool
	err   error // of the connection or the server; nothing works after it
}

func (r *reader) Get(key []byte) ([]byte, error) {
	if err := engine.CheckKey(key); err != nil {
		return nil, err
	}
	value, found := []byte(nil), false
	err := r.query(r.sql.get, []any{key}, func(rows pgx.Rows) error {
		if found = rows.Next(); !found {
			return nil
		}
		return rows.Scan(&value)
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, kv.ErrNotFound
	}
	return value, nil
}

// query runs sql and hands its rows to fn.
func (r *reader) query(sql string, args []any, fn func(pgx.Rows) error) error {
	if r.conn == nil {
		return errGone
	}
	if r.err != nil {
		return r.err
	}
	if r.begun {
		rows, err := r.conn.Query(r.ctx, sql, args...)
		r.err = consume(rows, err, fn)
		return r.err
	}
	r.begun = true
	var b pgx.Batch
	b.Queue(r.begin)
	b.Queue(sql, args...)
	results := r.conn.SendBatch(r.ctx, &b)
	_, err := results.Exec()
	if err == nil {
		rows, e := results.Query()
		err = consume(rows, e, fn)
	}
	if e := results.Close(); err == nil {
		err = e
	}
	r.err = err
	return err
}

func consume(rows pgx.Rows, err error, fn func(pgx.Rows) error) error {
	if err != nil {
		return err
	}
	err = fn(rows)
	rows.Close()
	if e := rows.Err(); e != nil {
		return e
	}
	return err
}

// end takes the reader away from fn and rolls back what is open. A connection
// that cannot do so is not used again: the pool sees that it is closed or still
// inside a transaction.
func (r *reader) end() {
	conn := r.conn
	r.conn = nil
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), rollbackTimeout)
	defer cancel()
	_, _ = conn.Exec(ctx, rollback) // see above
}
