package policy

import (
	"strings"
	"testing"
)

func TestValuesSizeCountsWhatClientsSend(t *testing.T) {
	const long = 10_000
	text := strings.Repeat("x", long)
	for name, fill := range map[string]func(*Values){
		"a known key":   func(v *Values) { v.Set(KeyUserAgent, text) },
		"a list":        func(v *Values) { v.SetList(KeyTagKeys, []string{text, "y"}) },
		"an other key":  func(v *Values) { v.SetNamed("x:y", text) },
		"an other name": func(v *Values) { v.SetNamed("x:"+text, "y") },
		"a tag":         func(v *Values) { v.SetTags(FamilyRequestTag, MakeTags(map[string]string{"k": text})) },
		"many keys": func(v *Values) {
			for id := keyNone + 1; id < numKeys; id++ {
				v.Set(id, text[:200])
			}
		},
	} {
		var empty, v Values
		fill(&v)
		if more := v.Size() - empty.Size(); more < long {
			t.Errorf("%s: counted %d bytes more than nothing", name, more)
		}
	}
}
