package organizations

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// maxPage is the most items a page has, and how many it has if nothing is said.
const maxPage = 20

// page is the part of the items, ordered by their ids, that a token and a limit
// ask for, and the token of the next part. kind keeps the tokens of different
// lists apart.
func page[T any](kind string, items []T, id func(T) string, token *string, limit *int32) ([]T, *string, error) {
	n := maxPage
	if limit != nil {
		n = int(*limit)
	}
	if n < 1 {
		return nil, nil, invalidInput("MIN_VALUE_EXCEEDED", "You specified an invalid value for MaxResults: the minimum is 1.")
	}
	n = min(n, maxPage)
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	if token != nil {
		after, err := openToken(kind, *token)
		if err != nil {
			return nil, nil, err
		}
		at, found := slices.BinarySearchFunc(items, after, func(item T, after string) int { return cmp.Compare(id(item), after) })
		if found {
			at++
		}
		items = items[at:]
	}
	if len(items) <= n {
		return items, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(kind + "\n" + id(items[n-1])))
	return items[:n], &next, nil
}

func openToken(kind, token string) (after string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	after, ok := strings.CutPrefix(string(raw), kind+"\n")
	if err != nil || !ok {
		return "", invalidInput("INVALID_NEXT_TOKEN", "You specified an invalid next token.")
	}
	return after, nil
}
