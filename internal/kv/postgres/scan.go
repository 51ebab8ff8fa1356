package postgres

import (
	"bytes"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/internal/kv"
)

const (
	// A page is what a scan fetches at once: pageBytes, give or take one pair.
	pageBytes   = 1 << 20
	firstPage   = 64   // pairs asked for before their size is known
	largestPage = 2048 // pairs
	// A long Scan looks at its context once in this many pairs.
	checkEvery = 256
)

type pair struct{ key, value []byte }

func (r *reader) Scan(rg kv.Range, fn func(key, value []byte) error) error {
	return stopped(r.scan(rg, fn))
}

func stopped(err error) error {
	if errors.Is(err, kv.Stop) {
		return nil
	}
	return err
}

// scan is Scan, but returns kv.Stop. It holds one page at a time, and the
// connection is free while fn runs, so that fn can read.
func (r *reader) scan(rg kv.Range, fn func(key, value []byte) error) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if rg.End != nil && bytes.Compare(rg.Start, rg.End) >= 0 {
		return nil
	}
	n := 0
	for limit, more := firstPage, true; more; {
		var page []pair
		var err error
		page, more, err = r.page(rg, limit)
		if err != nil {
			return err
		}
		for _, p := range page {
			if n++; n%checkEvery == 0 {
				if err := r.ctx.Err(); err != nil {
					return err
				}
			}
			if err := fn(p.key, p.value); err != nil {
				return err
			}
		}
		if more {
			rg = rest(rg, page[len(page)-1].key)
			limit = nextLimit(page, limit)
		}
	}
	return nil
}

// rest is what is left of rg after last.
func rest(rg kv.Range, last []byte) kv.Range {
	if rg.Reverse {
		rg.End = last
	} else {
		rg.Start = append(bytes.Clone(last), 0) // the next key there can be
	}
	return rg
}

// nextLimit asks for as many pairs as should fill a page, but not for many more
// than before, because sizes change within a range.
func nextLimit(page []pair, limit int) int {
	size := 0
	for _, p := range page {
		size += len(p.key) + len(p.value)
	}
	return max(1, min(pageBytes*len(page)/max(size, 1), 4*limit, largestPage))
}

// page fetches the first pairs of rg; more says that there may be others.
func (r *reader) page(rg kv.Range, limit int) (page []pair, more bool, err error) {
	start := rg.Start
	if start == nil {
		start = []byte{} // nil would be NULL
	}
	args := []any{start}
	if rg.End != nil {
		args = append(args, rg.End)
	}
	args = append(args, limit)
	sql := r.sql.scan[scanShape{rg.End != nil, rg.Reverse}]
	err = r.query(sql, args, func(rows pgx.Rows) error {
		for size := 0; size < pageBytes && rows.Next(); {
			var p pair
			if err := rows.Scan(&p.key, &p.value); err != nil {
				return err
			}
			size += len(p.key) + len(p.value)
			page = append(page, p)
			more = len(page) == limit || size >= pageBytes
		}
		return nil
	})
	return page, more, err
}
