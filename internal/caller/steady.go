package caller

// Steady tells whether id is what stood under name when the request first asked.
// A permission is asked on what a name leads to, and used after the name was
// looked up again: what was deleted in between and made anew is something else.
// It is for one goroutine at a time.
func (i *Info) Steady(name, id string) bool {
	if i == anonymous { // which all share that have none of their own
		return true
	}
	first, seen := i.found[name]
	if !seen {
		if i.found == nil {
			i.found = map[string]string{}
		}
		i.found[name] = id
	}
	return !seen || first == id
}
