// Package explain tells people why a request was allowed or refused: what each
// of the two accounts says for itself, which statement decided, which condition
// failed and on what value, and the smallest change that would open the door
// that stayed shut.
//
// Files follow the way of an explanation: report.go is what comes out,
// explain.go puts one question's together, doors.go and statements.go say what
// each side's documents said, hints.go finds grants that only just miss,
// changes.go what each account could do about it, reasons.go words each reason,
// text.go writes it all for a terminal.
//
// The package is pure. It decides nothing: it reads what authz.Decide decided
// and traced. It must not know where decisions are kept, who asks or how that
// was verified; it is told for which account to explain, and shows nothing of
// the other's side but whether it allowed.
package explain
