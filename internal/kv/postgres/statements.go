package postgres

const (
	beginUpdate = "BEGIN ISOLATION LEVEL SERIALIZABLE"
	beginView   = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	commit      = "COMMIT"
	rollback    = "ROLLBACK"
)

// statements are the few that a Store uses, on its table.
type statements struct {
	get    string
	put    string
	delete string
	scan   map[scanShape]string
}

type scanShape struct{ bounded, reverse bool }

func statementsFor(table string) statements {
	s := statements{
		get: "SELECT value FROM " + table + " WHERE key = $1",
		put: "INSERT INTO " + table + " (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[])" +
			" ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		delete: "DELETE FROM " + table + " WHERE key = ANY($1::bytea[])",
		scan:   map[scanShape]string{},
	}
	for _, reverse := range []bool{false, true} {
		order := " ORDER BY key"
		if reverse {
			order += " DESC"
		}
		from := "SELECT key, value FROM " + table + " WHERE key >= $1"
		s.scan[scanShape{false, reverse}] = from + order + " LIMIT $2"
		s.scan[scanShape{true, reverse}] = from + " AND key < $2" + order + " LIMIT $3"
	}
	return s
}
