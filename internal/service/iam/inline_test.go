package iam

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestInlinePolicies(t *testing.T) {
	w := newWorld(t)
	limits := map[string]int{"user": 2048, "group": 5120, "role": 10240}
	for _, h := range w.holders() {
		missing := "The " + h.kind + " with name none cannot be found."
		// The entity is looked for before the document is read.
		refused(t, h.put("none", "p", "{"), 404, "NoSuchEntity", missing)
		refused(t, h.remove("none", "p"), 404, "NoSuchEntity", missing)
		_, _, err := h.get("none", "p")
		refused(t, err, 404, "NoSuchEntity", missing)
		_, _, err = h.names("none", nil, nil)
		refused(t, err, 404, "NoSuchEntity", missing)

		noPolicy := "The " + h.kind + " policy with name p cannot be found."
		_, _, err = h.get("x", "p")
		refused(t, err, 404, "NoSuchEntity", noPolicy)
		refused(t, h.remove("x", "p"), 404, "NoSuchEntity", noPolicy)
		refused(t, h.put("x", "p", "{"), 400, "MalformedPolicyDocument", "Syntax errors in policy.")

		spaced := " " + strings.ReplaceAll(readOne, ":{", " : {") + "\n"
		for _, name := range []string{"b", "a", "C"} {
			if err := h.put("x", name, spaced); err != nil {
				t.Fatal(err)
			}
		}
		holder, document, err := h.get("X", "a")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "holder", *holder, "x")
		same(t, "document as it was put", must(url.PathUnescape(*document)), spaced)
		page, marker, _ := h.names("x", nil, new(int32(2)))
		rest, end, _ := h.names("x", marker, nil)
		same(t, "names", fmt.Sprint(page, rest, end == nil), "[C a] [b] true")

		big := strings.Replace(readOne, "b/*", strings.Repeat("y", limits[h.kind]-2*size(readOne)-size(readOne)+3), 1)
		if err := h.put("x", "a", big); err != nil {
			t.Errorf("exactly the quota: %v", err)
		}
		refused(t, h.put("x", "a", strings.Replace(big, "yy", "yyy", 1)), 409, "LimitExceeded",
			fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s x", limits[h.kind], h.kind))
		if err := h.put("x", "a", readOne); err != nil {
			t.Errorf("in place of a larger one: %v", err)
		}
		if err := h.remove("x", "a"); err != nil {
			t.Error(err)
		}
		_, _, err = h.get("x", "a")
		refused(t, err, 404, "NoSuchEntity", "The "+h.kind+" policy with name a cannot be found.")
	}
}

func TestEncodeDocument(t *testing.T) {
	const doc = "{\n\t\"a\": [\"s3:Get*\", \"é~-._/%+\"]}"
	got := encodeDocument(doc)
	same(t, "encoded", got, "%7B%0A%09%22a%22%3A%20%5B%22s3%3AGet%2A%22%2C%20%22%C3%A9~-._%2F%25%2B%22%5D%7D")
	same(t, "decoded", must(url.PathUnescape(got)), doc)
}
