package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/importing"
)

// shownItems is how many items of one kind are printed by name.
const shownItems = 20

// printImport prints a report: how many there are of each kind, and of what
// changes what.
func printImport(w io.Writer, r *importing.Report) {
	would := ""
	if r.DryRun {
		would = "would be "
	}
	fmt.Fprintf(w, "Account %s\n", r.Account)
	printItems(w, would+"created", r.Created)
	printItems(w, would+"changed", r.Changed)
	printItems(w, would+"removed", r.Removed)
	var same []string
	for _, kind := range slices.Sorted(maps.Keys(r.Unchanged)) {
		same = append(same, count(r.Unchanged[kind], kind))
	}
	if len(same) > 0 {
		fmt.Fprintf(w, "unchanged: %s\n", strings.Join(same, ", "))
	}
	printItems(w, "here and not in the files (--prune removes them)", r.Extra)
	if len(r.Left) > 0 {
		fmt.Fprintln(w, "not carried:")
		for _, l := range r.Left {
			fmt.Fprintf(w, "  %s: %s: %s\n", l.File, l.What, l.Why)
		}
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(w, "notes:")
		for _, n := range r.Notes {
			fmt.Fprintf(w, "  %s\n", n)
		}
	}
	if len(r.Created)+len(r.Changed)+len(r.Removed) == 0 {
		fmt.Fprintln(w, "nothing to change")
	}
}

func printItems(w io.Writer, what string, items []importing.Item) {
	if len(items) == 0 {
		return
	}
	kinds := map[string][]importing.Item{}
	for _, item := range items {
		kinds[item.Kind] = append(kinds[item.Kind], item)
	}
	var counts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		counts = append(counts, count(len(kinds[kind]), kind))
	}
	fmt.Fprintf(w, "%s: %s\n", what, strings.Join(counts, ", "))
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for n, item := range kinds[kind] {
			if n == shownItems {
				fmt.Fprintf(w, "  … and %d more (--json names all)\n", len(kinds[kind])-n)
				break
			}
			fmt.Fprintf(w, "  %s\n", item.ARN)
			for _, change := range item.What {
				fmt.Fprintf(w, "    %s\n", change)
			}
		}
	}
}

// count is a number of things: 1 policy, 2 policies, 2 users.
func count(n int, kind string) string {
	kind = strings.ReplaceAll(kind, "-", " ")
	switch {
	case n == 1:
	case strings.HasSuffix(kind, "y"):
		kind = strings.TrimSuffix(kind, "y") + "ies"
	default:
		kind += "s"
	}
	return fmt.Sprintf("%d %s", n, kind)
}
