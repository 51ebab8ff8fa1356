package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport/internal/kv"
)

// hasCode tells whether the server answered with one of these SQLSTATEs.
func hasCode(err error, codes ...string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && slices.Contains(codes, pe.Code)
}

// isConflict tells serialization failures and deadlocks, after which the
// server has rolled back and invites to run the transaction again.
func isConflict(err error) bool { return hasCode(err, "40001", "40P01") }

// isLost tells that the connection broke or the server went away, as against
// an answer of the server to a statement.
func isLost(err error) bool {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return true
	}
	return pe.SeverityUnlocalized == "FATAL" || pe.SeverityUnlocalized == "PANIC" || strings.HasPrefix(pe.Code, "08")
}

// commitError makes an error of the flight that held the commit into what
// Update returns. atCommit says that the commit itself was answered with err,
// and not a statement before it. The driver's own idea of what is safe to run
// again is not asked: it calls a connection that broke while it waited for the
// answer to a batch one that was never used.
func commitError(err error, atCommit bool) error {
	switch {
	case isConflict(err):
		return err
	case isLost(err):
		return fmt.Errorf("%w: %w", kv.ErrUncertain, err)
	case atCommit && !hasCode(err, "40000", "40002", "23505"):
		// A commit that waits for a standby may be cut off after it was made.
		return fmt.Errorf("%w: %w", kv.ErrUncertain, err)
	default:
		return err
	}
}

// ended is ctx's error in place of what the driver makes of it.
func ended(ctx context.Context, err error) error {
	if e := ctx.Err(); e != nil && err != nil && !errors.Is(err, kv.ErrUncertain) {
		return e
	}
	return err
}
